package scenarios

import "killpoint/harness"

// fileBugs are in what becomes of a ring whose file is changed, and of the file
// of a ring that is made.
var fileBugs = []planted{
	{"symlink-followed", "a symbolic link put in the path leads to another file", "file/symlink", []harness.Edit{
		inRing("file.go", "|unix.O_NOFOLLOW", ""),
	}},
	{"mode-0666", "others may read and write the ring", "file/mode", []harness.Edit{
		inRing("file.go", "0o600", "0o666"),
	}},
	{"create-takes-what-is-there", "Create wipes a file that exists", "layout/", []harness.Edit{
		inRing("file.go", "|os.O_EXCL", ""),
	}},
	{"room-not-reserved", "a full file system is found out by dying later", "file/full-disk", []harness.Edit{
		inRing("reserve_linux.go", "unix.Fallocate(int(f.Fd()), 0, 0, size)", "f.Truncate(size)"),
	}},
	{"full-disk-leaves-a-file", "a create that failed leaves a file in the way", "file/full-disk", []harness.Edit{
		inRing("file.go", "os.Remove(path), ", ""),
	}},
	{"polling-does-not-check", "a polling sleeper waits for ever beside a file that has gone", "safety/replaced", []harness.Edit{
		inRing("wait.go", "if s.polled {", "if s.polled && s.end == nil {"),
	}},
	{"replaced-not-noticed", "an end does not see that another ring is at its path", "safety/replaced/replaced", []harness.Edit{
		inRing("file.go", "!os.SameFile(there, f.info)", "!os.SameFile(there, there)"),
	}},
	{"unlinked-not-noticed", "an end does not see that its file has no path any more", "safety/replaced/unlinked", []harness.Edit{
		inRing("file.go", `fmt.Errorf("%w: nothing is there now", ErrReplaced)`, "nil"),
	}},
	{"replaced-hides-messages", "messages in a ring that was replaced are not delivered", "with-messages-left", []harness.Edit{
		inRing("reader.go", "r.pos == r.own {\n\t\treturn nil", "r.pos == r.own {\n\t\treturn r.file.check()"),
	}},
	{"shrinking-not-noticed", "a file that was cut short passes for whole", "safety/truncated", []harness.Edit{
		inRing("file.go", "now.Size() < f.info.Size()", "now.Size() < 0"),
	}},
	{"faults-kill", "a file that is cut short kills its users", "safety/truncated", []harness.Edit{
		inRing("end.go", "return debug.SetPanicOnFault(true)", "return debug.SetPanicOnFault(false)"),
	}},
	{"push-unguarded", "Push dies of a file that was cut short", "truncated/push", []harness.Edit{
		inRing("writer.go", "defer w.leave(before, &err)\n\tsize := recordSize(len(msg))\n\tif err = w.place(size); err == ErrFull", "_ = before\n\tsize := recordSize(len(msg))\n\tif err = w.place(size); err == ErrFull"),
	}},
	{"pop-unguarded", "Pop dies of a file that was cut short", "truncated/pop", []harness.Edit{
		inRing("reader.go", "defer r.leave(before, &err)\n\tn, err := r.next()\n\tif err == ErrEmpty {", "_ = before\n\tn, err := r.next()\n\tif err == ErrEmpty {"),
	}},
	{"commit-unguarded", "Commit dies of a file that was cut short", "truncated/commit", []harness.Edit{
		inRing("writer.go", "defer w.leave(before, &err)\n\tw.reserved", "_ = before\n\tw.reserved"),
	}},
	{"release-unguarded", "Release dies of a file that was cut short", "truncated/release", []harness.Edit{
		inRing("reader.go", "defer r.leave(before, &err)\n\tmark", "_ = before\n\tmark"),
	}},
	{"cancellation-unguarded", "cancelling a wait kills if the file was cut short", "truncated/cancelled", []harness.Edit{
		inRing("wait.go", "if !s.reaches(s.ev.interrupt) {", "if s.ev.interrupt(); s.end == nil {"),
	}},
	{"replace-asks-nobody", "a ring is replaced under its owners", "safety/replace/live", []harness.Edit{
		inRing("create.go", "f.take(writerRole, readerRole)", "error(nil)"),
	}},
	{"replace-asks-the-writer", "a ring is replaced under its reader", "safety/replace/live-reader", []harness.Edit{
		inRing("create.go", "f.take(writerRole, readerRole)", "f.take(writerRole)"),
	}},
	{"rename-before-initialise", "the path leads to a ring that is not complete", "writer-create-before-init/replace", []harness.Edit{
		inRing("create.go", "\t\"fmt\"\n", "\t\"fmt\"\n\t\"os\"\n"),
		inRing("create.go", "\t\terr = w.initialise()", "\t\tif at != path {\n\t\t\terr = os.Rename(at, path)\n\t\t}\n\t\terr = errors.Join(err, w.initialise())"),
	}},
	{"remove-before-rename", "the path leads nowhere for a moment", "writer-replace-before-rename/kill", []harness.Edit{
		inRing("create.go", "\tmark(WriterReplaceBeforeRename)\n", "\tos.Remove(old.abs)\n\tmark(WriterReplaceBeforeRename)\n"),
	}},
	{"leftover-blocks", "a fresh ring that was left behind stops the next one", "writer-replace-before-rename/kill", []harness.Edit{
		inRing("create.go", "err := sweep(fresh)", "err := error(nil)"),
	}},
	{"anything-is-replaced", "a file that is no ring is thrown away", "replace/no-ring", []harness.Edit{
		inRing("create.go", "case id != 0:", "case id == 1:"),
		inRing("create.go", "case !left:", "case !left && word[0] == 0 && word[4] == 1:"),
	}},
	{"zeros-are-replaced", "a file that begins with zeros is thrown away", "replace/no-ring", []harness.Edit{
		inRing("create.go", "case !left:", "case !left && false:"),
	}},
	{"zeros-are-swept", "a file beside the ring that begins with zeros is thrown away", "replace/no-ring", []harness.Edit{
		inRing("create.go", "f, err := claim(path)\n\tif errors.Is(err, fs.ErrNotExist) {\n\t\treturn nil\n\t}\n", "f, err := openFile(path)\n\tif errors.Is(err, fs.ErrNotExist) {\n\t\treturn nil\n\t}\n"),
	}},
	{"only-the-begin-must-be-zero", "data behind the header is thrown away", "replace/no-ring", []harness.Edit{
		inRing("layout.go", "for at := int64(0); at < size; at", "for at := int64(0); at < 1; at"),
	}},
}
