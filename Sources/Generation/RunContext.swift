import Archive
import ObjectStore

/// What the years of a run share.
struct RunContext: Sendable {
    let configuration: EmbeddingGenerationConfig
    let plan: MemoryPlan
    let source: any ObjectStore
    let files: SourceFiles
    let encoding: PartEncoding
    let meter: PipelineMeter
    let stop: StopRequest
    let report: @Sendable (GenerationEvent) -> Void
}
