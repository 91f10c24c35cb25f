// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Recording
import Sallyport

/// `sallyport events`
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Show the events of a recording.",
        discussion: """
            Writes what `sallyport watch` would have written. Questions and answers are in the recording too, and are \
            counted at the end. Ends with status 1 when the recording is damaged or was cut off; what came before is shown.

            EXAMPLE
              sallyport events --from login.rec --output json
            """)

    @Option(help: ArgumentHelp("The recording; - is standard input.", valueName: "file"))
    var from: String

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let streams = options.streams
        let human = EventLine(screen: streams.output)
        var (questions, skipped) = (0, 0)
        let ending = try RecordingContents.forEachItem(of: from) { item in
            switch item {
            case .header: break
            case .element(let element):
                switch element.content {
                case .stream(let element):
                    switch options.output {
                    case .human: try streams.print([human.line(for: element)])
                    case .json: try streams.print([JSONValue.object(element.json).text])
                    }
                case .authoriser(.question): questions += 1
                case .authoriser, .answer: break
                }
            case .skipped: skipped += 1
            }
        }
        if questions > 0 {
            streams.complain(["\(questions) questions are in the recording; `sallyport replay` puts them."])
        }
        if skipped > 0 { streams.complain(["\(skipped) elements can't be shown by this version, and were left out."]) }
        if case .cutOff(let at) = ending {
            throw CommandFailure(.findings, "\(from) has no end: it was cut off after byte \(at)")
        }
    }
}
