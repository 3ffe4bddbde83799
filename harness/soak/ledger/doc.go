// Package ledger is the books of a soak: what two processes, which send each
// other numbered messages and may be killed at any instant, have said that they
// were about to do, and have done. The books are words of a mapped file: a store
// survives a SIGKILL that comes right behind it, and costs no system call.
//
// A writer life numbers its messages from 1 and stores two words: begun before
// it sends, done afterwards ([Outbox]). A reader stores which message it got last
// ([Inbox]). [Books] is what stands there at one moment, a plain value; its
// methods are the rules, and ask neither a clock nor a file:
//
//   - of a life that has ended, the last message that arrives is one of done to
//     begun, and between them there are no more than one send may hold;
//   - messages of one life come without gap and without repetition, and lives in
//     their order;
//   - a reader that died with a message taken and not booked leaves one message
//     missing at most; one that books first and lets go afterwards leaves none,
//     and then either all that it held comes again, from the first, or nothing.
//
// The body of a message follows from its id, length and all ([Format]): every
// byte that arrives is checked.
//
// The package is a leaf: victims and harness import it.
package ledger
