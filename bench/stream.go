package bench

import (
	"bufio"
	"io"
)

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
