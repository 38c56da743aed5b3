package fifo

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Call writes one JSON-RPC request into the FIFO called name and returns the answer,
// which the server writes to a FIFO that Call makes in replyDir for so long.
func Call(ctx context.Context, name, replyDir string, request []byte) ([]byte, error) {
	var id [8]byte
	rand.Read(id[:])
	reply := "fastsips_reply_" + hex.EncodeToString(id[:])
	path := filepath.Join(replyDir, reply)
	if err := unix.Mkfifo(path, 0o600); err != nil {
		return nil, &os.PathError{Op: "mkfifo", Path: path, Err: err}
	}
	defer os.Remove(path)
	// The server may be another user: it has to write, and nobody else to read.
	if err := os.Chmod(path, 0o622); err != nil {
		return nil, err
	}
	in, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	if err := send(name, []byte(":"+reply+":"+string(request)+"\n")); err != nil {
		return nil, err
	}
	return receive(ctx, in)
}

func send(name string, text []byte) error {
	out, err := os.OpenFile(name, os.O_WRONLY|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.ENXIO) {
		return fmt.Errorf("nobody reads %s: is fastsips running?", name)
	}
	if err != nil {
		return err
	}
	defer out.Close()
	out.SetWriteDeadline(time.Now().Add(writeTime))
	_, err = out.Write(text)
	return err
}

// receive reads one JSON object.
func receive(ctx context.Context, in *os.File) ([]byte, error) {
	stop := context.AfterFunc(ctx, func() { in.SetReadDeadline(time.Now()) })
	defer stop()
	var answer []byte
	var s scan
	chunk := make([]byte, 64<<10)
	for len(answer) < maxAnswer {
		n, err := in.Read(chunk)
		if err != nil {
			return nil, errors.Join(ctx.Err(), err)
		}
		if end := s.end(chunk[:n]); end > 0 {
			return append(answer, chunk[:end]...), nil
		}
		answer = append(answer, chunk[:n]...)
	}
	return nil, fmt.Errorf("the answer has more than %d bytes", maxAnswer)
}
