// Package ring is a single-producer single-consumer ring buffer of messages in
// a memory-mapped file, shared by two processes: one holds the [Writer], the
// other the [Reader]. Either may die at any instruction; the package is laid
// out so that what the survivor sees afterwards is known for every such point.
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
// consumed the message. So a crash of the writer loses at most the one message
// in flight, and a crash of the reader repeats at most the one being read.
// The named points in between are listed by [Sites].
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
// the first signal of a successor, which wakes whatever the word says; or with
// the sleeper's own context, before whose error the indices are looked at again.
//
// # What is not promised
//
// The guarantees are about processes that die, not about power loss: nothing
// is synced to disk. There must be at most one writer and one reader at a
// time. A ring can be used by any number of goroutines one after the other,
// but each end by one at a time.
package ring
