import ArgumentParser

await CommandRunner.run(RootCommand.self)
