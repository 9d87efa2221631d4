import Descriptions
extension Constraint { var description: String { "\(self)" } }
