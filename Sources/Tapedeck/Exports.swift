// One import gives a program all it needs: questions and answers, runs and plans, the embeddings cache, errors.
@_exported public import Analyses
@_exported public import Archive
@_exported public import Base
@_exported public import EmbeddingCache
@_exported public import Export
@_exported public import Generation
@_exported public import MarketData
@_exported public import ModelFiles
@_exported public import ObjectStore
@_exported public import Queries
@_exported public import Questions
