import MarketData
import Descriptions
import Foundation
import Testing

@Suite struct DescriptionTemplateTests {
    @Test(arguments: DescriptionTemplate.builtInNames)
    func builtInTemplatesSurviveJSON(_ name: String) throws {
        let template = try DescriptionTemplate.builtIn(name)
        #expect(template.name == name)
        let json = try JSONEncoder().encode(template)
        #expect(try JSONDecoder().decode(DescriptionTemplate.self, from: json) == template)
    }

    @Test func masksCoverTheirFieldsAndNoMore() throws {
        for name in DescriptionTemplate.builtInNames {
            let template = try DescriptionTemplate.builtIn(name)
            for kind in RowKind.allCases {
                var named: Set<Attribute> = []
                for case .attribute(let attribute) in template.parts(of: kind).flatMap({ $0.phrases.joined() }) {
                    named.insert(attribute)
                }
                var wanted = DescriptionKey.identityMask
                for attribute in named { wanted |= 7 << (attribute.slot * 3) }
                #expect(template.mask(of: kind) == wanted)
            }
        }
    }

    @Test func jointIsOnePart() throws {
        let joint = try DescriptionTemplate.builtIn("joint")
        #expect(joint.optionParts.count == 1)
        #expect(joint.stockParts.count == 1)
    }

    private func file(_ options: String, stocks: String = part("stock", ["kind"])) -> Data {
        Data(#"{"version":"9","templates":{"mine":{"options":[\#(options)],"stocks":[\#(stocks)]}}}"#.utf8)
    }

    private static func part(_ name: String, _ fields: [String], weight: String = "1") -> String {
        #"{"name":"\#(name)","weight":\#(weight),"phrases":[[\#(fields.map { "\"\($0)\"" }.joined(separator: ","))]]}"#
    }

    private func refusal(_ options: String, stocks: String = part("stock", ["kind"])) -> String {
        let error = #expect(throws: DescriptionError.self) {
            try DescriptionTemplate(json: file(options, stocks: stocks), name: "mine")
        }
        return error?.description ?? ""
    }

    @Test func badTemplatesAreRefusedByName() throws {
        let good = Self.part("all", ["underlying", "kind"])
        #expect(throws: Never.self) { try DescriptionTemplate(json: file(good), name: "mine") }
        let missing = #expect(throws: DescriptionError.self) { try DescriptionTemplate(json: file(good), name: "other") }
        #expect(missing?.description.contains("there are: mine") == true)
        #expect(throws: DescriptionError.self) { try DescriptionTemplate(json: Data("[]".utf8), name: "mine") }
        #expect(refusal("").contains("1 to 8 parts"))
        #expect(refusal(Array(repeating: good, count: 9).joined(separator: ",")).contains("not 9"))
        #expect(refusal(Self.part("p", ["colour"])).contains("colour"))
        #expect(refusal(Self.part("p", ["drawdown"])).contains("drawdown says nothing"))
        #expect(refusal(good, stocks: Self.part("p", ["tenor"])).contains("tenor says nothing"))
        for weight in ["0", "-1"] { #expect(refusal(Self.part("p", ["kind"], weight: weight)).contains("positive")) }
        #expect(refusal(Self.part("p", ["kind"], weight: "1e99")).contains("not readable"))
        #expect(refusal(Self.part("p", [])).contains("no field"))
        #expect(refusal(#"{"name":"p","weight":1,"phrases":[]}"#).contains("no field"))
    }

    /// The template in a store's manifest is checked too.
    @Test func aDecodedTemplateIsCheckedToo() {
        let json = #"{"name":"x","version":"1","options":[],"stocks":[]}"#
        #expect(throws: DescriptionError.self) {
            try JSONDecoder().decode(DescriptionTemplate.self, from: Data(json.utf8))
        }
    }
}
