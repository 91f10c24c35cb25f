// SPDX-License-Identifier: Apache-2.0

extension APISchema {
    /// The API that this build was made with. A test compares it with `api/schema.txt`, and that with the declarations.
    public static let recorded: APISchema = {
        do {
            return try APISchema(text: "\(recordedSchemaText)")
        } catch {
            // The text is written by `api-record` from a schema, and a test reads it: it can't be wrong in a release.
            fatalError("the embedded schema can't be read: \(error)")
        }
    }()
}
