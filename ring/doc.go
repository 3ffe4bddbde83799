// Package ring is a single-producer single-consumer ring buffer of messages in
// a memory-mapped file, shared by two processes: one holds the [Writer], the
// other the [Reader]. Either may die at any instruction; the package is laid
// out so that what the survivor sees afterwards is known for every such point.
//
//	w, err := ring.Create("/dev/shm/ring", 1<<20) // the writer's process; Attach for a successor
//	err = w.Push(ctx, msg)                        // waits for room; TryPush does not
//
//	r, err := ring.Open("/dev/shm/ring") // the reader's process
//	msg, err := r.Pop(ctx, buf)          // waits for a message; TryPop does not
//
// # The memory picture
//
// The file is one header page and the data area, nothing more and nothing less:
//
//	0      ident       magic and version in one 64-bit word, stored last by Create
//	8      capacity    bytes of data area, a multiple of 8
//	64     write       bytes ever published        (writer's cache line)
//	72     commit      copy of write, made after it (writer's, a note for people)
//	128    read        bytes ever consumed         (reader's cache line)
//	192    data_avail  event: 1 set, 0 reset       (a futex word)
//	256    space_avail event: 1 set, 0 reset       (a futex word)
//	4096   data        capacity bytes
//
// write, commit and read only ever grow; index modulo capacity is an offset
// into data, write-read is what is in flight. A record starts at a multiple of
// 8 and never crosses the end of data:
//
//	bit 31     READY  the body is complete
//	bit 30     WRAP   no message: the rest of the lap is skipped
//	bits 0-29  length of the body in bytes
//
// followed by the body. An empty message is a record of length 0 without WRAP.
//
// # Publish order
//
// A push stores the length (READY clear), the body, the header with READY,
// then write, then commit, then sets data_avail. Only write publishes: a
// writer that dies before that store leaves a ring in which the message does
// not exist and its slot is free; one that dies after it leaves a message
// that any reader finds. A pop copies the body out, then stores read, then
// sets space_avail: a reader that dies before that store has consumed nothing
// and its successor gets the message again; one that dies after it has
// consumed the message. The named points in between are listed by [Sites].
//
// Each side keeps its own index in private memory and the other side's as it
// was when it last had to look: in a steady stream a message costs one atomic
// store on each side and no system call. A side that finds nothing to do spins
// for a few microseconds, for as long as that has been worth it, then offers
// its processor to others, then sleeps.
//
// # Events and polling
//
// An event is set by storing 1 and waking the sleeper, and only if it is not
// already 1: a side that is about to sleep stores 0 and looks at the indices
// again first, so 1 means that nobody sleeps. A process that dies between the
// store of an index and the wake, or between the store of 1 and the wake, can
// leave the peer asleep with work to do. That sleep ends with the poll
// interval, after which a sleeper looks at the indices again by itself; with
// the first push or pop of a successor, which wakes whatever the word says and
// even if it finds nothing to do (what is reserved or peeked counts when it is
// committed or released); or with the sleeper's own context, before whose error
// the indices are looked at again.
//
// # What a crash costs
//
// When the writer dies, what was published stays: whole, in order, once. What
// was not published is lost, and leaves no trace for the reader:
//
//   - in Push, or between Reserve and Commit: at most that one message;
//   - in PushBatch: exactly the messages not yet published, a tail of the
//     batch, at most all of it, never one in the middle.
//
// A Push that did not return may have published all the same: a writer that
// must not send twice asks [Inspect], or has its reader recognise messages.
//
// When the reader dies, what it has consumed is gone and everything else comes
// again, in order, to the reader that is opened next:
//
//   - in Pop: the one message that was being copied out, or none;
//   - with Peek and PeekBatch: all that was peeked since the last Release;
//   - in the body of a loop over Messages: the message of that round.
//
// So a message is delivered at least once if it is worked on between Peek and
// Release, and at most once if it is worked on after Pop has returned it.
//
// A sleeper that a dead peer has not woken, with polling off, stays asleep until a
// successor signals it, or until it is disturbed: where the event's word is set
// already, a signal that it handles (SIGWINCH, Go's own SIGURG), a stop and
// continue, or a debugger makes the kernel begin the wait again, which then ends.
//
// All this is about processes that die, by whatever signal, panic or exit. It
// is not about power loss or a system that goes down: nothing is synced to disk.
//
// # One writer, one reader
//
// Each role is a lock on one byte of the file, held by the open file
// description: the kernel gives it up with the owner, however that one ends. No
// program that the owner starts inherits it, since the descriptor is closed on
// exec; a child that is forked and executes nothing shares the descriptor, and
// keeps the role for as long as it lives. Go makes no such child. A second writer
// or reader, in the same process or another, gets [ErrBusy], and PeerAlive tells
// whether the other role is held. The locks are advisory: they keep out who uses
// this package.
//
// Each end may be used by one goroutine at a time, by different ones one after
// the other. SetPollInterval and PollInterval may be called at any time by any
// goroutine; Close must not run beside another call on the same end. The writer
// and the reader never need to agree on anything. Functions of the package may
// be called by any goroutine at any time.
//
// # A peer that breaks the rules
//
// Whoever may write to the file may store anything in it at any time. An end
// does not trust it: capacity is what the length of the file says, checked once;
// its own index is private; the peer's index must be a multiple of 8, must not
// go back, and must stay within what can be; each header is read once, and its
// length must lie within what is published and within the lap. What does not
// pass is [ErrCorrupt], and the operation then consumes or publishes no message
// more. Nothing is ever stored outside the mapping, nor by a writer outside the
// room that it owns.
//
// What cannot be checked: the bytes of a message, which may be any; those that
// Peek returns, which may change while they are looked at, so that what matters
// is to be copied first and checked afterwards; and progress, for a peer can
// wake an end for nothing, or never.
//
// A file that is cut short under an end is [ErrTruncated] from every operation
// that meets the gap, and a page that has no room on a full file system, which a
// sparse copy of a ring may have, is [ErrUnreachable] in the same way; after that
// the end is of no use but to be closed. Two
// accesses are the caller's own and are not caught: storing to the bytes of a
// reservation, and reading peeked ones. A file that was replaced or removed is
// [ErrReplaced], from Check at once and from a sleeper at its next poll.
//
// # Platforms
//
// Linux, and Darwin, where there is no futex and polling does all the waking,
// also when it is turned off. Other systems do not build. The words have the
// byte order of the machine: a file of the other order is [ErrLayout].
package ring
