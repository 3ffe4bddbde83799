// Package harness starts processes, has them die at a named point, and sees
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
//     reached is [ErrNeverReached], and a signal is never an exit code ([Exit]).
//   - The clock decides. Waiting is for events; when the caller's context ends
//     first, that is [ErrDeadline], which proves nothing.
//   - A process is left behind. Each child is a process group of its own with a
//     parent-death signal, ends when its command pipe closes, and is signalled
//     through a pidfd, never by a number that may be another's by now. One
//     goroutine alone waits for it.
//   - Asleep and about to wake are confused. [FutexWait] is what the kernel says
//     of a thread that was in one and the same sleep before and after the look.
//
// Linux only; seeing what a child waits for needs the right to trace it.
package harness
