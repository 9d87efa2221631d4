import ArgumentParser

/// How vectors are stored.
enum StoredVectorType: String, ExpressibleByArgument, CaseIterable { case f16, f32 }
