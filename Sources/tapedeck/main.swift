import ArgumentParser

await CommandRunner.run(Tapedeck.self)
