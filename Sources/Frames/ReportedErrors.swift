import Geometry
import JobControl
import Models
import SOAP
import Trajectories

extension TrajectoryError: ReportedError {
  /// The exit code.
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
  /// The exit code.
  public var exitCode: ExitCode { .badData }
}

extension SOAPError: ReportedError {
  /// The exit code.
  public var exitCode: ExitCode { .usage }
}

extension CellError: ReportedError {
  /// The exit code.
  public var exitCode: ExitCode { .badData }
}
