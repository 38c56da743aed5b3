package load

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
)

// Serve makes a process a generator: it reads a Config from in, makes the calls and writes
// the Result. At each mark it writes its name and waits for a line; the end of in ends it there.
func Serve(ctx context.Context, in *bufio.Scanner, out io.Writer) error {
	var cfg Config
	if !in.Scan() {
		return in.Err()
	}
	if err := json.Unmarshal(in.Bytes(), &cfg); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cfg.Mark = func(m Mark) {
		fmt.Fprintln(out, m)
		if !in.Scan() {
			cancel()
		}
	}
	res, err := Run(ctx, cfg)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(res)
}
