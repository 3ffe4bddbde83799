package scenarios

import "killpoint/harness"

// roleBugs are in who holds an end.
var roleBugs = []planted{
	{"lock-not-taken", "two writers at a time", "safety/role/second", []harness.Edit{
		inRing("file.go", "err := unix.FcntlFlock(f.Fd(), ofdSetLock, &l)", "err := error(nil)\n\t_ = &l"),
	}},
	{"join-takes-no-role", "only the ring's creator holds its end", "safety/role/second", []harness.Edit{
		inRing("file.go", "err = f.take(r)", "err = f.take()"),
	}},
	{"create-takes-no-role", "a second writer comes while the first one creates", "writer-create-before-init/stop", []harness.Edit{
		inRing("file.go", "\terr = writerRole.lock(f)\n", ""),
	}},
	{"one-lock-for-both", "a reader is refused because there is a writer", "safety/role", []harness.Edit{
		inRing("file.go", "role = offRead", "role = offWrite"),
	}},
	{"lock-is-inherited", "a program that the owner has started keeps the dead owner's role", "is-not-inherited", []harness.Edit{
		inRing("file.go", "\terr := unix.FcntlFlock(f.Fd(), ofdSetLock", "\tunix.FcntlInt(f.Fd(), unix.F_SETFD, 0)\n\terr := unix.FcntlFlock(f.Fd(), ofdSetLock"),
	}},
	{"lock-is-the-process's", "a process can hold an end twice, and loses it with either", "twice-in-one-process", []harness.Edit{
		inRing("lock_linux.go", "unix.F_OFD_SETLK", "unix.F_SETLK"),
	}},
	{"role-kept-after-close", "Close does not give up the role", "first-closed", []harness.Edit{
		inRing("end.go", ", e.peer.other().unlock(e.file.File), e.file.Close())", ")"),
	}},
	{"peer-always-alive", "PeerAlive never says no", "safety/role/second", []harness.Edit{
		inRing("file.go", "return l.Type != unix.F_UNLCK, nil", "return true, nil"),
	}},
	{"peer-is-oneself", "PeerAlive of a writer asks for writers", "safety/role/second-reader", []harness.Edit{
		inRing("create.go", "writerRole, readerRole, newSettings", "writerRole, writerRole, newSettings"),
	}},
}
