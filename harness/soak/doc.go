// Package soak kills processes at arbitrary instants, thousands of times, while
// they work at full speed, and knows exactly what may be lost. It knows nothing
// of what the two processes, a writer and a reader, share: a [Subject] says how
// they begin and how what they share is read from outside.
//
//	c := soak.Campaign{Subject: subject, Dir: dir, Seed: 7, Kills: 1000, Only: -1, Patience: time.Minute, Repeat: command}
//	result := c.Run(ctx)
//	result.WriteSummary(os.Stdout)
//
// A [Campaign] is made of rounds. Each has a fresh folder, one writer and one
// reader at a time, and a schedule that follows from seed and number ([NewRound]):
// who is killed, how, after how long, and what the successor is like. The
// children keep books in a mapped file as they go (package ledger), and the
// reader checks all that comes. The campaign checks the rest: that the image at
// a death is sound, that messages flow again, that in the end all that was
// sent has arrived.
//
// What must never happen, and how it is met:
//
//   - The clock decides. Instants are only when to strike; what is lost or comes
//     again is held against the books. That nothing flows any more is a finding
//     only when it is proven: the kernel shows both processes asleep on the words
//     that they share, in one and the same sleep or looking again and again in
//     vain, and not a byte changes. Beyond the campaign's patience it is unknown,
//     which is not passed.
//   - The books slow down what they are about: an entry is the store of a word.
//   - The same seed gives another schedule. It gives the same one; the instant
//     within the children's work is the machine's, and differs.
package soak
