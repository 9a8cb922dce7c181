import Geometry
import JobControl
import Models
import SOAP
import Trajectories

extension TrajectoryError: ReportedError {
  /// By its kind.
  public var exitCode: ExitCode {
    switch kind {
    case .data: .badData
    case .missing: .noInput
    case .io: .inputOutput
    case .usage: .usage
    }
  }
}

extension ModelError: ReportedError {
  /// The model file is invalid.
  public var exitCode: ExitCode { .badData }
}

extension SOAPError: ReportedError {
  /// The parameters are invalid.
  public var exitCode: ExitCode { .usage }
}

extension CellError: ReportedError {
  /// The cell of a frame is invalid.
  public var exitCode: ExitCode { .badData }
}
