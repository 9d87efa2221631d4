import Archive
import ObjectStore

/// State shared by the years of a run.
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
