// Package harness starts processes, kills them at a named point, and observes
// from outside what the others do. It knows nothing of what they do it for: any
// Go program can be the victim.
//
// A [Build] makes a [Program] from a main package whose failpoint markers are
// live; the source tree is not touched. Program.Start starts a [Child], which
// runs package agent: it arms markers, performs the calls it is sent, and
// reports on an inherited pipe where it stands. A child that parks at its site
// waits there until it is killed or released:
//
//	arm := control.Arm{Site: "after-write", Hit: 1, Action: control.Park}
//	victim, err := program.Start(harness.Config{Name: "victim", Role: "saver", Arms: []control.Arm{arm}})
//	victim.Go("save", args)
//	hit, err := victim.WaitHit(ctx, arm)
//	exit, err := victim.Kill()
//
// What must never happen, and how it is met:
//
//   - A kill that did not happen where it should have passes for one that did:
//     a hit is reported before anything is done at a site, a site that is never
//     reached is [ErrNeverReached], a signal is never an exit code ([Exit]), and
//     a panic is one only if the runtime says so.
//   - Somebody else's doing is held against the program: a child that another
//     process or the kernel has killed, stopped or continued is [ErrDisturbed], and
//     a machine that lacks something is told apart ([Lack]).
//   - The clock decides. Waiting is for events; when the caller's context ends
//     first, that is [ErrDeadline], which proves nothing.
//   - A process is left behind, or waited for without end. Each child is a
//     process group of its own with a parent-death signal and ends when its
//     command pipe closes. One goroutine alone waits for it, and not before Close
//     is its number anybody else's, so that no signal goes astray. Close kills its
//     group as well; what has left that, as a daemon does, is not found.
//   - The caller's surroundings decide: [Environment] is all that a child
//     inherits, of descriptors only its own.
//   - Asleep and about to wake are confused. [FutexWait] is what the kernel says
//     of a thread that was in one and the same sleep before and after the look.
//
// Linux only; seeing what a child waits for needs the right to trace it.
package harness
