// Package explore finds every state in which a SIGKILL can leave the files of a
// program in the middle of an operation, and kills it for real at any of them.
// It knows nothing of what the operation does: any Go program that calls
// victim.Operation can be the victim, in its production build as in any other.
//
// A SIGKILL leaves shared memory as of the last instruction that has retired,
// so the images that an operation passes through, one after each store, are the
// images that a crash can leave. [Run] starts a victim, takes it through its
// operation under ptrace and hands each state to the caller while the victim
// stands still there; [KillAt] ends a fresh one at a given state.
//
//	trace, err := explore.Run(ctx, explore.Config{
//		Command: []string{program, "push", path},
//		Files:   []string{path},
//	})
//	for i := range trace.States {
//		dead, err := explore.KillAt(ctx, cfg, i)
//		same := dead.After.Equal(trace.States[i].Image)
//	}
//
// The [Mprotect] engine makes the victim's shared mappings read-only: a store
// stops it with SIGSEGV, is done alone with the mapping writable, and the signal
// is never delivered. System calls stop it on the way in and out. The
// [SingleStep] engine stops after every instruction; it is the check of the
// other one. Both see the same states, which the tests hold them to. The
// [Accesses] engine, the first one with mappings that cannot even be read, stops
// before every load and store besides: all the moments at which it makes a
// difference that a peer acts.
//
// # What is a state
//
// A moment after a store that has changed a watched file, before and after a
// system call that anybody else could notice, and asleep in a futex wait. Calls
// that only the victim's own runtime notices are followed and are no states: a
// runtime makes them when it likes.
//
// # What must never happen, and how it is met
//
//   - A state is missed, or one is invented: two engines that share no way of
//     finding stores must agree, and a real death at each state must leave its
//     image. Mappings made within the operation are found when the call that
//     makes them returns; all shared mappings are followed, not only those of
//     watched files, because a file may be renamed to a watched path later. A call that has
//     the kernel write to a mapping is done with it writable. A repeated
//     instruction stops after each round.
//   - Runs differ: collection and preemption are off in the victim, and its
//     other threads stand still but while the operation's sleeps. They are let
//     run then, because they may have to wake it; what they store, and the system
//     calls that they make, are states, one thread at a time.
//   - A run hangs: steps are bounded by a budget, all of it by a watchdog which
//     needs no ptrace. The other threads are waited for before the process,
//     which is not reported as ended earlier.
//   - A process is left behind: the tracing thread is locked and never unlocked,
//     so that it ends with the run; the kernel then kills what it traced. Only
//     the victim's process group is waited for, by that thread, so no child of
//     anybody else is ever reaped.
//   - A place gets the wrong name: the victim's own program names it, which knows
//     its inlined calls and where it was loaded. The instruction is noted before
//     it is done.
//
// # What is not seen
//
// The state within a system call: a write(2) of many pages can be cut between
// two of them. What another processor sees of a store that is not atomic. Stores by a
// process that the operation starts: that is refused. Two threads that work at the
// same time do so in one order of many: the one in which they came.
//
// On amd64 stores become visible in the order in which they retire. On other
// processors they do not, and the images are not a prefix of the program's
// stores; there is no engine for them ([ErrUnsupported]).
package explore
