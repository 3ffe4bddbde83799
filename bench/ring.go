package bench

import (
	"context"
	"path/filepath"

	"killpoint/ring"
)

// Names of the ring files in a run's folder. back is for answers.
const (
	forth = "forth.ring"
	back  = "back.ring"
)

func (e *endpoint) writer(name string) (*ring.Writer, error) {
	return ring.Attach(filepath.Join(e.Dir, name), ring.WithPopulate())
}

func (e *endpoint) reader(name string) (*ring.Reader, error) {
	return ring.Open(filepath.Join(e.Dir, name), ring.WithPopulate())
}

func ringSend(e *endpoint) (work, error) {
	w, err := e.writer(forth)
	if err != nil {
		return nil, err
	}
	ctx, msg := context.Background(), make([]byte, e.Size)
	return func(from, to uint64) error {
		for id := from; id < to; id++ {
			stamp(msg, id)
			if err := w.Push(ctx, msg); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

func ringReceive(e *endpoint) (work, error) {
	r, err := e.reader(forth)
	if err != nil {
		return nil, err
	}
	ctx, buf := context.Background(), make([]byte, e.Size)
	return func(from, to uint64) error {
		for id := from; id < to; id++ {
			if _, err := popNumbered(ctx, r, buf, id); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// popNumbered takes the message of that number, and nothing else will do.
func popNumbered(ctx context.Context, r *ring.Reader, buf []byte, id uint64) ([]byte, error) {
	msg, err := r.Pop(ctx, buf)
	if err == nil && !bears(msg, len(buf), id) {
		err = wrongMessage(msg, len(buf), id)
	}
	return msg, err
}

func ringPing(e *endpoint) (work, error) {
	w, err := e.writer(forth)
	if err != nil {
		return nil, err
	}
	r, err := e.reader(back)
	if err != nil {
		return nil, err
	}
	ctx, msg, buf := context.Background(), make([]byte, e.Size), make([]byte, e.Size)
	return e.histogram.roundTrips(func(id uint64) error {
		stamp(msg, id)
		if err := w.Push(ctx, msg); err != nil {
			return err
		}
		_, err := popNumbered(ctx, r, buf, id)
		return err
	}), nil
}

func ringEcho(e *endpoint) (work, error) {
	r, err := e.reader(forth)
	if err != nil {
		return nil, err
	}
	w, err := e.writer(back)
	if err != nil {
		return nil, err
	}
	ctx, buf := context.Background(), make([]byte, e.Size)
	return func(from, to uint64) error {
		for id := from; id < to; id++ {
			msg, err := popNumbered(ctx, r, buf, id)
			if err != nil {
				return err
			}
			if err := w.Push(ctx, msg); err != nil {
				return err
			}
		}
		return nil
	}, nil
}
