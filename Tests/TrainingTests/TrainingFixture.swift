import Foundation

/// The bytes of a file in Fixtures, see make_training.py.
func trainingFixture(_ name: String) throws -> Data {
  let path = Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil)?.path ?? name
  return try Data(contentsOf: URL(fileURLWithPath: path))
}
