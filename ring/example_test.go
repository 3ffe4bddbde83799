package ring_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"killpoint/ring"
)

// ringPath is where an example has its ring. A folder in memory, such as
// /dev/shm on Linux, is a good place for a real one.
func ringPath() (path string, remove func()) {
	dir, err := os.MkdirTemp("", "ring-example-*")
	if err != nil {
		log.Fatal(err)
	}
	return filepath.Join(dir, "example.ring"), func() { os.RemoveAll(dir) }
}

// check ends an example that goes wrong.
func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// One process creates the ring and pushes, another opens it and pops. Here both
// are one.
func Example() {
	path, remove := ringPath()
	defer remove()
	ctx := context.Background()

	w, err := ring.Create(path, 1<<16)
	check(err)
	defer w.Close()
	r, err := ring.Open(path)
	check(err)
	defer r.Close()

	for _, msg := range []string{"hello", "", "world"} {
		check(w.Push(ctx, []byte(msg)))
	}
	buf := make([]byte, 0, 64) // Pop allocates only for longer messages
	for range 3 {
		msg, err := r.Pop(ctx, buf)
		check(err)
		fmt.Printf("%q\n", msg)
	}
	_, err = r.TryPop(buf)
	fmt.Println(err)
	// Output:
	// "hello"
	// ""
	// "world"
	// ring is empty
}

// A writer that died has a successor, which goes on behind the messages that
// were published. Close stores nothing in the ring, so it leaves what a crash
// leaves.
func ExampleAttach() {
	path, remove := ringPath()
	defer remove()

	w, err := ring.Create(path, 1<<16)
	check(err)
	check(w.TryPush([]byte("published")))
	body, err := w.TryReserve(10)
	check(err)
	copy(body, "not yet")
	check(w.Close()) // or it is killed here

	w, err = ring.Attach(path)
	check(err)
	defer w.Close()
	check(w.TryPush([]byte("from the successor")))

	r, err := ring.Open(path)
	check(err)
	defer r.Close()
	for {
		msg, err := r.TryPop(nil)
		if errors.Is(err, ring.ErrEmpty) {
			break
		}
		check(err)
		fmt.Printf("%s\n", msg)
	}
	// Output:
	// published
	// from the successor
}

// A reader that died has a successor, to which all comes again that was not
// consumed. A ring has one live reader at a time.
func ExampleOpen() {
	path, remove := ringPath()
	defer remove()
	w, err := ring.Create(path, 1<<16)
	check(err)
	defer w.Close()
	check(w.TryPush([]byte("once")))
	check(w.TryPush([]byte("perhaps twice")))

	r, err := ring.Open(path)
	check(err)
	_, err = ring.Open(path)
	fmt.Println(errors.Is(err, ring.ErrBusy))

	msg, err := r.TryPop(nil)
	check(err)
	fmt.Printf("first reader: %s\n", msg)
	msg, err = r.TryPeek()
	check(err)
	fmt.Printf("first reader: %s\n", msg)
	check(r.Close()) // or it is killed here, before Release

	r, err = ring.Open(path)
	check(err)
	defer r.Close()
	msg, err = r.TryPop(nil)
	check(err)
	fmt.Printf("second reader: %s\n", msg)
	// Output:
	// true
	// first reader: once
	// first reader: perhaps twice
	// second reader: perhaps twice
}

// A batch is published at once and costs less, and a writer that dies in it
// loses up to all of it.
func ExampleWriter_PushBatch() {
	path, remove := ringPath()
	defer remove()
	w, err := ring.Create(path, 64)
	check(err)
	defer w.Close()
	r, err := ring.Open(path)
	check(err)
	defer r.Close()

	msgs := [][]byte{[]byte("one"), []byte("two"), make([]byte, 40), []byte("four")}
	n, err := w.TryPushBatch(msgs)
	fmt.Println(n, err)

	held := make([][]byte, 8)
	k, err := r.PeekBatch(context.Background(), held)
	check(err)
	fmt.Println(k, "held, the first is", string(held[0]))
	check(r.Release())

	n, err = w.TryPushBatch(msgs[n:])
	fmt.Println(n, err)
	// Output:
	// 3 ring is full
	// 3 held, the first is one
	// 1 <nil>
}

// Messages are written and read where they are: nothing is copied.
func ExampleWriter_Reserve() {
	path, remove := ringPath()
	defer remove()
	ctx := context.Background()
	w, err := ring.Create(path, 1<<16)
	check(err)
	defer w.Close()
	r, err := ring.Open(path)
	check(err)
	defer r.Close()

	for i := range 3 {
		body, err := w.Reserve(ctx, 32) // the most that the message may take
		check(err)
		msg := fmt.Appendf(body[:0], "message %d", i)
		check(w.Commit(len(msg)))
	}

	for range 2 {
		msg, err := r.Peek(ctx)
		check(err)
		fmt.Printf("%s\n", msg) // the bytes are the ring's until Release
	}
	check(r.Release()) // of both
	msg, err := r.Peek(ctx)
	check(err)
	fmt.Printf("%s\n", msg)
	r.Rewind() // as if it had not been looked at
	msg, err = r.Pop(ctx, nil)
	check(err)
	fmt.Printf("%s\n", msg)
	// Output:
	// message 0
	// message 1
	// message 2
	// message 2
}

// The range ends with an error, here that of the context, or with a break.
// Each message is consumed when its round is over.
func ExampleReader_Messages() {
	path, remove := ringPath()
	defer remove()
	w, err := ring.Create(path, 1<<16)
	check(err)
	defer w.Close()
	r, err := ring.Open(path)
	check(err)
	defer r.Close()
	for _, msg := range []string{"red", "green", "blue"} {
		check(w.TryPush([]byte(msg)))
	}

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for msg, err := range r.Messages(ctx) {
		if err != nil {
			fmt.Println(errors.Is(err, context.Canceled))
			break
		}
		fmt.Printf("%s\n", msg)
		if string(msg) == "blue" {
			cancel() // what is there is delivered nevertheless
		}
	}
	// Output:
	// red
	// green
	// blue
	// true
}

// With polling off, a peer that dies between publishing and waking leaves the
// sleeper asleep. A stall time-out ends that, and tells a peer that is gone from
// one that lives and does nothing.
func ExampleWithStallTimeout() {
	path, remove := ringPath()
	defer remove()
	ctx := context.Background()
	w, err := ring.Create(path, 1<<16)
	check(err)
	r, err := ring.Open(path, ring.WithoutPolling(), ring.WithStallTimeout(5*time.Millisecond))
	check(err)
	defer r.Close()

	_, err = r.Pop(ctx, nil)
	fmt.Println("stalled:", errors.Is(err, ring.ErrPeerStalled))
	check(w.Close()) // or it is killed here
	_, err = r.Pop(ctx, nil)
	fmt.Println("dead:", errors.Is(err, ring.ErrPeerDead))
	alive, err := r.PeerAlive()
	fmt.Println("alive:", alive, err)
	// Output:
	// stalled: true
	// dead: true
	// alive: false <nil>
}

// A fresh ring takes the place of one that nobody holds, and of the remains of
// a Create that was cut short.
func ExampleWithReplace() {
	path, remove := ringPath()
	defer remove()
	w, err := ring.Create(path, 1<<16)
	check(err)
	check(w.TryPush([]byte("old")))

	_, err = ring.Create(path, 64, ring.WithReplace())
	fmt.Println("busy:", errors.Is(err, ring.ErrBusy))

	check(w.Close()) // or it is killed here
	w, err = ring.Create(path, 64, ring.WithReplace())
	check(err)
	defer w.Close()
	s, err := ring.Inspect(path)
	check(err)
	fmt.Println("capacity:", s.Capacity, "messages:", len(s.Records))
	// Output:
	// busy: true
	// capacity: 64 messages: 0
}
