// Package bench measures the ring against what a program could use in its
// place: pipes, Unix sockets, a Go channel, and copying alone as the limit.
//
// # How a figure comes about
//
// [Run] starts the two ends of an implementation as two processes, waits until
// both are ready, takes the time, and signals both to start. The figure is the
// time until the reader has checked the last message: it carries its sequence
// id in its first and in its last 8 bytes. One round measures every
// implementation at every size once, those to be compared right after one
// another, so that a machine that slows down slows all of them; a figure is the
// median of the rounds, with the least and the greatest beside it, and a ratio
// is one of medians. How many messages make a run is found by a first one:
// enough for 150 ms, and for the ring at sizes up to 256 bytes enough for ten
// million over all rounds.
//
// The latency is the time of a round trip, one message each way at a time. It
// goes into an HDR histogram of three digits and includes one look at the
// clock. A run takes 80 ms, or as long as 10,000 round trips. Under the load "busy" one more process spins meanwhile.
//
// Allocations and context switches are those of both processes in the same
// runs, start and end of a run included. System calls are counted in a run of
// their own, which is not timed, by a tracer (ptrace) that both processes get
// once they are ready; those that the Go runtime makes for itself are counted
// too.
//
// # The implementations
//
//	ring             Push, Pop
//	ring-batch       PushBatch of 64 messages; up to 64 times Peek, a copy
//	                 of each message, then Release
//	ring-zerocopy    Reserve, a message written in place, Commit; Peek, one
//	                 word read of each cache line, Release
//	pipe, socket     one write a message, io.ReadFull; blocking descriptors
//	pipe-buffered,   the same through 64 KiB of bufio at both ends
//	socket-buffered
//	channel          one process, two goroutines, a buffered channel: each
//	                 message is copied into a slot of a pool, and out of it
//	memcpy           no message is passed on. One process copies each message
//	                 from one small buffer into an area of its own, on and on
//	                 through the area; the other one at the same time copies
//	                 out of an area of its own. The time is that of the slower
//	                 one. Nothing that copies in here and out there is faster
//	memcpy-shared    the same on one area that both have mapped, without any
//	                 agreement on who is where: what it adds is the cost of
//	                 cache lines that change from one processor to the other
//
// The areas, the ring's and those of memcpy, are 8 MiB; the channel's pool is
// at most that. A batch holds no more than an eighth of the ring: 16 messages
// of 65536 bytes. The ring, as each area, is touched before the start.
//
// # What is written
//
// [Result.WriteJSON] writes one object. Times are in nanoseconds.
//
//	rows      impl, size, ns_per_msg (median, min, max), gib_s, ratio_to_pipe,
//	          ratio_to_memcpy: how many times as fast as an unbuffered pipe at
//	          this size, and how many times the time of memcpy; null if that
//	          was not measured
//	latency   impl, size, load (quiet or busy), round_trips of one round,
//	          p50_ns, p99_ns, p99_9_ns (each median, min, max)
//	costs     impl, size, messages over all rounds, allocs_per_msg,
//	          switches_per_msg
//	syscalls  impl, size, messages, per_msg, by_name (calls in all)
//	targets   target, want, measured (null if it was not), verdict: met,
//	          missed or not measured
//	environment  cpu, cpus, kernel, go, gomaxprocs, load_begin and load_end
//	          (average of one minute), rounds, dir, capacity, clock_ns (one look
//	          at the clock), wall_s
//	notes     what was not done here or done in another way, and why
//
// # What must never happen
//
// A figure for messages that did not all arrive, in order and whole; a process
// or a file that is left behind, however this one ends; a facility that is
// missing without a word.
package bench
