//go:build linux && amd64

// Command prober is a victim whose operations do every kind of thing that the
// engines of package explore must follow: one each. It takes the name of the
// operation and the path of a file of one page, and prints its process id.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"

	"killpoint/harness/explore/victim"
)

func main() {
	fmt.Println(os.Getpid())
	name, path := os.Args[1], os.Args[2]
	op, ok := operations[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "prober: there is no operation %q\n", name)
		os.Exit(64)
	}
	op(path)
}

// PageSize is the length of the file, in bytes.
const pageSize = 4096

var operations = map[string]func(path string){
	"stores": func(path string) {
		mem := mapped(path)
		victim.Operation(func() { store(mem, 1); store(mem, 1); store(mem, 2) })
	},
	"copy-40":   copying(40),
	"copy-256":  copying(256),
	"copy-4096": copying(4096),
	"rep": func(path string) {
		mem, src := mapped(path), text(20)
		victim.Operation(func() { repMovsb(&mem[8], &src[0], len(src)) })
	},
	"exchange": func(path string) {
		w := word(mapped(path), 128)
		victim.Operation(func() { w.Swap(7); w.Add(1); w.CompareAndSwap(8, 9) })
	},
	"wake": func(path string) {
		w := word(mapped(path), 128)
		victim.Operation(func() { w.Store(1); wake(w) })
	},
	"wait": func(path string) {
		w := word(mapped(path), 128)
		victim.Operation(func() {
			w.Store(0)
			wait(w)
			w.Add(1)
		})
	},
	"wait-for-own": waitForOwn,
	"create": func(path string) {
		victim.Operation(func() { create(path, unix.O_EXCL)[100] = 1 })
	},
	"replace": func(path string) {
		victim.Operation(func() {
			mem := create(path+".new", 0)
			mem[1] = 1
			check(os.Rename(path+".new", path))
			mem[2] = 2
			check(unix.Munmap(mem))
		})
	},
	"write": func(path string) {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		check(err)
		victim.Operation(func() {
			_, err = f.WriteAt([]byte("abc"), 10)
			check(err)
			check(f.Truncate(1000))
			check(os.Remove(path))
		})
	},
	"read-into": func(path string) {
		mem, source := mapped(path), pipe("from a pipe")
		victim.Operation(func() {
			_, err := unix.Read(source, mem[50:100])
			check(err)
			mem[200] = 1
		})
	},
	"yield": func(path string) {
		mem := mapped(path)
		victim.Operation(func() {
			for i := range 3 {
				mem[i] = 1
				runtime.Gosched()
			}
		})
	},
	"marks": func(path string) {
		mem := mapped(path)
		victim.Operation(func() { victim.Mark("one"); mem[0] = 1; victim.Mark("two") })
	},
	"spin": func(path string) {
		mapped(path)
		victim.Operation(func() { spin() })
	},
	"store-for-ever": func(path string) {
		mem := mapped(path)
		victim.Operation(func() {
			for {
				mem[0]++
			}
		})
	},
	// A goroutine of its own writes the file for the operation, which waits.
	"flusher": func(path string) {
		work, done := make(chan []byte), make(chan error)
		go func() {
			for text := range work {
				done <- rewrite(path, text)
			}
		}()
		victim.Operation(func() {
			work <- text(100)
			check(<-done)
		})
	},
	// Two goroutines write, one behind the other; nobody waits in a call of the
	// file.
	"two-writers": func(path string) {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		check(err)
		first, second := make(chan error), make(chan error)
		victim.Operation(func() {
			go func() { _, err := f.WriteAt([]byte("one"), 10); first <- err }()
			go func() {
				err := <-first
				f.WriteAt([]byte("two"), 20)
				second <- err
			}()
			check(<-second)
		})
	},
	// Another goroutine maps the file and stores there.
	"other-maps": func(path string) {
		work, done := make(chan bool), make(chan bool)
		go func() {
			for range work {
				mem := mapped(path)
				mem[7] = 7
				done <- true
			}
		}()
		victim.Operation(func() { work <- true; <-done })
	},
	"starts-a-process": func(path string) {
		victim.Operation(func() { check(exec.Command("/bin/true").Run()) })
	},
	"is-killed": func(path string) {
		mem := mapped(path)
		victim.Operation(func() {
			mem[0] = 1
			unix.Kill(os.Getpid(), unix.SIGKILL)
			select {}
		})
	},
	"no-operation": func(string) {},
	"exit-before":  func(string) { fmt.Fprintln(os.Stderr, "cannot"); os.Exit(3) },
	"hang-before":  func(string) { spin() },
	"crash": func(path string) {
		mem := mapped(path)
		var none *int
		victim.Operation(func() { mem[0] = 1; *none = 1 })
	},
	"exit-within": func(path string) {
		mem := mapped(path)
		victim.Operation(func() { mem[0] = 1; os.Exit(4) })
	},
	"fail-after": func(path string) {
		mem := mapped(path)
		victim.Operation(func() { mem[0] = 1 })
		os.Exit(5)
	},
	"other-thread": func(path string) {
		done := make(chan bool)
		go func() {
			runtime.LockOSThread()
			victim.Operation(func() {})
			close(done)
		}()
		<-done
	},
}

// rewrite truncates a file and writes it anew.
func rewrite(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		return err
	}
	return f.Close()
}

func copying(n int) func(string) {
	return func(path string) {
		mem, src := mapped(path), text(n)
		victim.Operation(func() { copy(mem, src) })
	}
}

// store is a call of its own, so that a state has callers.
//
//go:noinline
func store(mem []byte, v byte) { set(mem, v) }

// set is inlined.
func set(mem []byte, v byte) { mem[9] = v }

//go:noinline
func spin() {
	for {
		if len(os.Args) == 0 {
			return
		}
	}
}

func text(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(1 + i%250)
	}
	return b
}

func mapped(path string) []byte {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	check(err)
	defer f.Close()
	return mapping(f)
}

func mapping(f *os.File) []byte {
	mem, err := unix.Mmap(int(f.Fd()), 0, pageSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	check(err)
	return mem
}

func create(path string, flags int) []byte {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|flags, 0o600)
	check(err)
	check(f.Truncate(pageSize))
	mem := mapping(f)
	check(f.Close())
	return mem
}

// pipe returns a descriptor from which the text can be read.
func pipe(text string) int {
	var p [2]int
	check(unix.Pipe(p[:]))
	_, err := unix.Write(p[1], []byte(text))
	check(err)
	return p[0]
}

func check(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "prober: %v\n", err)
		os.Exit(1)
	}
}
