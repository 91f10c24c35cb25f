// SPDX-License-Identifier: Apache-2.0

import APICatalogue
import APIDescriptors
import Testing

/// From declarations, as protoc reads them, to elements.
@Suite struct DescriptorTests {
    private static let file = """
        syntax = "proto3";
        package p.v1;
        // Some doors.
        // since: v1; stability: frozen
        service Doors {
          // Opens
          // one.
          // since: v1; stability: review
          rpc Open(stream OpenRequest) returns (stream OpenResponse);
        }
        // The request.
        // since: v1; stability: draft
        message OpenRequest {
          reserved 3, 7 to 9;
          reserved "lock";
          // Which; note: the
          // key is left out.
          // unit: at most 5 bytes each; since: v2; stability: draft
          repeated bytes doors = 1;
          // Perhaps.
          optional uint32 wait = 2;
          // A choice.
          // since: v1; stability: draft
          oneof way {
            // A.
            // since: v1; stability: draft
            Nested.Kind kind = 4;
          }
          map<string, Nested> more = 5;
          // Nested.
          // since: v1; stability: draft
          message Nested {
            // Kinds.
            // since: v1; stability: draft
            enum Kind {
              reserved 5 to 6;
              KIND_UNSPECIFIED = 0;
            }
          }
        }
        message OpenResponse {}
        """

    @Test func `Every kind of declaration becomes an element with its number and type`() throws {
        let schema = try Protoc.schema(of: Self.file)
        let expected = """
            package p.v1
            service | Doors | - | - | frozen | v1 | - | Some doors.
            rpc | Doors.Open | - | (stream OpenRequest) returns (stream OpenResponse) | review | v1 | - | Opens one.
            message | OpenRequest | - | - | draft | v1 | - | The request.
            oneof | OpenRequest.way | - | - | draft | v1 | - | A choice.
            field | OpenRequest.doors | 1 | repeated bytes | draft | v2 | at most 5 bytes each | Which; note: the key is left out.
            field | OpenRequest.wait | 2 | optional uint32 | - | - | - | Perhaps.
            field | OpenRequest.kind | 4 | OpenRequest.Nested.Kind, one of way | draft | v1 | - | A.
            field | OpenRequest.more | 5 | map<string, OpenRequest.Nested> | - | - | - | -
            reserved | OpenRequest.3 | 3 | - | - | - | - | -
            reserved | OpenRequest.7-9 | 7 | to 9 | - | - | - | -
            reserved | OpenRequest.lock | - | - | - | - | - | -
            message | OpenRequest.Nested | - | - | draft | v1 | - | Nested.
            enum | OpenRequest.Nested.Kind | - | - | draft | v1 | - | Kinds.
            value | OpenRequest.Nested.Kind.KIND_UNSPECIFIED | 0 | - | - | - | - | -
            reserved | OpenRequest.Nested.Kind.5-6 | 5 | to 6 | - | - | - | -
            message | OpenResponse | - | - | - | - | - | -

            """
        #expect(schema.text().split(separator: "\n").dropFirst().joined(separator: "\n") + "\n" == expected)
    }

    @Test func `A field without documentation is named by the rule, as protoc reads it`() throws {
        let schema = try Protoc.schema(of: Self.file)
        let undocumented = SchemaComparison.violations(recorded: schema, current: schema)
            .filter { $0.rule == .undocumented }.map(\.element)
        #expect(
            undocumented == [
                "p.v1.OpenRequest.wait", "p.v1.OpenRequest.more", "p.v1.OpenRequest.Nested.Kind.KIND_UNSPECIFIED",
                "p.v1.OpenResponse",
            ])
    }

    @Test func `A stability that there isn't is none`() throws {
        let schema = try Protoc.schema(of: Self.file.replacing("stability: frozen", with: "stability: firm"))
        #expect(schema.elements[0].stability == nil)
    }

    @Test func `Descriptors without comments are refused instead of being read as undocumented`() {
        #expect(throws: DescriptorError.self) { try Protoc.schema(of: Self.file, withComments: false) }
        #expect(throws: DescriptorError.self) { try APISchema(descriptorSet: [0xff, 0xff]) }
    }
}
