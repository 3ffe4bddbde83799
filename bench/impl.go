package bench

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"killpoint/ring"
)

// An Impl is one way to pass messages.
type Impl struct {
	Name string
	link link
	ring bool // one of the ring's variants
	// single: both ends are in one process, and only send is used.
	single bool
	// alone: no message is passed on, so the slower end decides.
	alone         bool
	send, receive opener
	ping, echo    opener // nil if its latency is not measured
}

// An opener readies one end, in the child, and returns its work.
type opener func(*endpoint) (work, error)

// work passes the messages with ids from from to below to.
type work func(from, to uint64) error

// endpoint is what an end is made of.
type endpoint struct {
	job
	out, in   *os.File // of pipes and sockets
	histogram *latencies
	seen      uint64 // sum of words read, so that they are read
}

// impls are all implementations, in the order in which they are measured and
// shown.
var impls = []Impl{
	{Name: "ring", link: ringLink, ring: true, send: ringSend, receive: ringReceive, ping: ringPing, echo: ringEcho},
	{Name: "ring-batch", link: ringLink, ring: true, send: batchSend, receive: batchReceive},
	{Name: "ring-zerocopy", link: ringLink, ring: true, send: zeroCopySend, receive: zeroCopyReceive},
	{Name: "pipe", link: pipeLink, send: fileSend, receive: fileReceive, ping: filePing, echo: fileEcho},
	{Name: "socket", link: socketLink, send: fileSend, receive: fileReceive, ping: filePing, echo: fileEcho},
	{Name: "pipe-buffered", link: pipeLink, send: bufferedSend, receive: bufferedReceive},
	{Name: "socket-buffered", link: socketLink, send: bufferedSend, receive: bufferedReceive},
	{Name: "channel", single: true, send: channelPass, ping: channelPing},
	{Name: "memcpy", alone: true, send: ownCopyIn, receive: ownCopyOut},
	{Name: "memcpy-shared", link: areaLink, alone: true, send: sharedCopyIn, receive: sharedCopyOut},
}

// Names lists the implementations.
func Names() (names []string) {
	for _, i := range impls {
		names = append(names, i.Name)
	}
	return names
}

// Sizes are the message sizes that are measured, in bytes.
func Sizes() []int { return []int{8, 64, 256, 4096, 65536} }

func findImpl(name string) (Impl, error) {
	at := slices.IndexFunc(impls, func(i Impl) bool { return i.Name == name })
	if at < 0 {
		return Impl{}, fmt.Errorf("there is no implementation %q; there are %s", name, strings.Join(Names(), ", "))
	}
	return impls[at], nil
}

// most and fewest slots of a channel that carries messages one way.
const (
	mostSlots   = 1024
	fewestSlots = 16
)

// pool hands out slots of a message's size in turn. Of a channel with room for
// n messages, sender and receiver hold one slot more each, so n+2 suffice: a
// send that is done means that the message n places before has been taken, and
// the one before that copied out.
type pool struct {
	slots [][]byte
	next  int
}

func newPool(room, size int) *pool {
	p := &pool{slots: make([][]byte, room+2)}
	area := make([]byte, len(p.slots)*size)
	for i := range area {
		area[i] = 1 // so that the pages are there
	}
	for i := range p.slots {
		p.slots[i] = area[i*size : (i+1)*size]
	}
	return p
}

// filled returns the next slot with a copy of msg in it.
func (p *pool) filled(msg []byte) []byte {
	slot := p.slots[p.next]
	if p.next++; p.next == len(p.slots) {
		p.next = 0
	}
	copy(slot, msg)
	return slot
}

func channelPass(e *endpoint) (work, error) {
	room := min(max(capacity/e.Size, fewestSlots), mostSlots)
	messages, slots := make(chan []byte, room), newPool(room, e.Size)
	msg, buf := make([]byte, e.Size), make([]byte, e.Size)
	skip := e.Skip
	receive := func(from, to uint64) error {
		for id := from; id < to; id++ {
			copy(buf, <-messages)
			if !bears(buf, len(buf), id) {
				return wrongMessage(buf, len(buf), id)
			}
		}
		return nil
	}
	return func(from, to uint64) error {
		go sending(from, to, skip, func(from, to uint64) error {
			for id := from; id < to; id++ {
				stamp(msg, id)
				messages <- slots.filled(msg)
			}
			return nil
		})
		return receive(from, to)
	}, nil
}

func channelPing(e *endpoint) (work, error) {
	asked, answered := make(chan []byte, 1), make(chan []byte, 1)
	questions, answers := newPool(1, e.Size), newPool(1, e.Size)
	go func() {
		buf := make([]byte, e.Size)
		for question := range asked {
			copy(buf, question)
			answered <- answers.filled(buf)
		}
	}()
	msg, buf := make([]byte, e.Size), make([]byte, e.Size)
	return e.histogram.roundTrips(func(id uint64) error {
		stamp(msg, id)
		asked <- questions.filled(msg)
		copy(buf, <-answered)
		if !bears(buf, len(buf), id) {
			return wrongMessage(buf, len(buf), id)
		}
		return nil
	}), nil
}

// buffered is the size of the buffers of the buffered streams, in bytes.
const buffered = 64 << 10

func fileSend(e *endpoint) (work, error) { return writeTo(e.out, e.Size), nil }

func fileReceive(e *endpoint) (work, error) { return readFrom(e.in, e.Size), nil }

func bufferedSend(e *endpoint) (work, error) {
	w := bufio.NewWriterSize(e.out, buffered)
	write := writeTo(w, e.Size)
	return func(from, to uint64) error {
		if err := write(from, to); err != nil {
			return err
		}
		return w.Flush()
	}, nil
}

func bufferedReceive(e *endpoint) (work, error) {
	return readFrom(bufio.NewReaderSize(e.in, buffered), e.Size), nil
}

func writeTo(w io.Writer, size int) work {
	msg := make([]byte, size)
	return func(from, to uint64) error {
		for id := from; id < to; id++ {
			stamp(msg, id)
			if _, err := w.Write(msg); err != nil {
				return err
			}
		}
		return nil
	}
}

func readFrom(r io.Reader, size int) work {
	buf := make([]byte, size)
	return func(from, to uint64) error {
		for id := from; id < to; id++ {
			if _, err := io.ReadFull(r, buf); err != nil {
				return err
			}
			if !bears(buf, size, id) {
				return wrongMessage(buf, size, id)
			}
		}
		return nil
	}
}

func filePing(e *endpoint) (work, error) {
	write, read := writeTo(e.out, e.Size), readFrom(e.in, e.Size)
	return e.histogram.roundTrips(func(id uint64) error {
		if err := write(id, id+1); err != nil {
			return err
		}
		return read(id, id+1)
	}), nil
}

func fileEcho(e *endpoint) (work, error) {
	write, read := writeTo(e.out, e.Size), readFrom(e.in, e.Size)
	return func(from, to uint64) error {
		for id := from; id < to; id++ {
			if err := read(id, id+1); err != nil {
				return err
			}
			if err := write(id, id+1); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// areaFile is the file of the area that both ends of memcpy-shared map.
const areaFile = "area"

func ownCopyIn(e *endpoint) (work, error) {
	return copyIn(touched(make([]byte, capacity)), e.Size), nil
}

func ownCopyOut(e *endpoint) (work, error) {
	return copyOut(touched(make([]byte, capacity)), e.Size), nil
}

func sharedCopyIn(e *endpoint) (work, error) {
	area, err := mapArea(e.Dir)
	return copyIn(area, e.Size), err
}

func sharedCopyOut(e *endpoint) (work, error) {
	area, err := mapArea(e.Dir)
	return copyOut(area, e.Size), err
}

func mapArea(dir string) ([]byte, error) {
	f, err := os.OpenFile(filepath.Join(dir, areaFile), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	area, err := unix.Mmap(int(f.Fd()), 0, capacity, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return touched(area), nil
}

// touched makes sure that the pages of an area are there.
func touched(area []byte) []byte {
	for i := 0; i < len(area); i += os.Getpagesize() {
		area[i] = 1
	}
	return area
}

func copyIn(area []byte, size int) work {
	msg := make([]byte, size)
	return func(from, to uint64) error {
		at := 0
		for range to - from {
			copy(area[at:at+size], msg)
			if at += size; at+size > len(area) {
				at = 0
			}
		}
		return nil
	}
}

func copyOut(area []byte, size int) work {
	buf := make([]byte, size)
	return func(from, to uint64) error {
		at := 0
		for range to - from {
			copy(buf, area[at:at+size])
			if at += size; at+size > len(area) {
				at = 0
			}
		}
		return nil
	}
}

// ends are the streams of one end of a link; either may be nil, and both may be
// the same.
type ends struct{ out, in *os.File }

// A link makes what joins two ends: files in dir, or streams. With back set,
// answers can go the other way.
type link func(dir string, back bool) (first, second ends, err error)

func ringLink(dir string, answers bool) (first, second ends, err error) {
	names := []string{forth}
	if answers {
		names = append(names, back)
	}
	for _, name := range names {
		w, err := ring.Create(filepath.Join(dir, name), capacity)
		if err != nil {
			return ends{}, ends{}, err
		}
		if err := w.Close(); err != nil {
			return ends{}, ends{}, err
		}
	}
	return ends{}, ends{}, nil
}

func areaLink(dir string, _ bool) (first, second ends, err error) {
	path := filepath.Join(dir, areaFile)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return ends{}, ends{}, err
	}
	return ends{}, ends{}, os.Truncate(path, capacity)
}

// pipeLink makes pipes whose descriptors block, which is faster here than the
// runtime's poller.
func pipeLink(_ string, answers bool) (first, second ends, err error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return first, second, os.NewSyscallError("pipe2", err)
	}
	second.in, first.out = os.NewFile(uintptr(fds[0]), "pipe"), os.NewFile(uintptr(fds[1]), "pipe")
	if !answers {
		return first, second, nil
	}
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		closeEnds(first, second)
		return ends{}, ends{}, os.NewSyscallError("pipe2", err)
	}
	first.in, second.out = os.NewFile(uintptr(fds[0]), "pipe"), os.NewFile(uintptr(fds[1]), "pipe")
	return first, second, nil
}

func socketLink(string, bool) (first, second ends, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return first, second, os.NewSyscallError("socketpair", err)
	}
	a, b := os.NewFile(uintptr(fds[0]), "socket"), os.NewFile(uintptr(fds[1]), "socket")
	return ends{a, a}, ends{b, b}, nil
}

// closeEnds closes this process's copies of streams, so that a child sees the
// end of the other one.
func closeEnds(all ...ends) {
	for _, e := range all {
		for _, f := range []*os.File{e.out, e.in} {
			if f != nil {
				f.Close() // a socket twice, which is harmless
			}
		}
	}
}

// minSize is the room that an id takes.
const minSize = 8

// stamp writes a message's id into its first and last 8 bytes.
func stamp(msg []byte, id uint64) {
	binary.LittleEndian.PutUint64(msg, id)
	binary.LittleEndian.PutUint64(msg[len(msg)-minSize:], id)
}

// bears reports whether msg is the whole message with that id.
func bears(msg []byte, size int, id uint64) bool {
	return len(msg) == size &&
		binary.LittleEndian.Uint64(msg) == id &&
		binary.LittleEndian.Uint64(msg[size-minSize:]) == id
}

// wrongMessage says what came in place of the message with that id.
func wrongMessage(msg []byte, size int, id uint64) error {
	if len(msg) != size {
		return fmt.Errorf("message %d came with %d bytes, not %d", id, len(msg), size)
	}
	return fmt.Errorf("in place of message %d came one with id %d in its first and %d in its last bytes",
		id, binary.LittleEndian.Uint64(msg), binary.LittleEndian.Uint64(msg[size-minSize:]))
}
