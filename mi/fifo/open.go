package fifo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// create makes the FIFO cfg.Name and opens it. What was left behind by a process that
// is gone is replaced.
func create(cfg *Config) (*os.File, error) {
	if err := removeStale(cfg.Name); err != nil {
		return nil, err
	}
	if err := unix.Mkfifo(cfg.Name, uint32(cfg.Mode.Perm())); err != nil {
		return nil, &os.PathError{Op: "mkfifo", Path: cfg.Name, Err: err}
	}
	f, err := openOwn(cfg)
	if err != nil {
		os.Remove(cfg.Name)
		return nil, err
	}
	return f, nil
}

func openOwn(cfg *Config) (*os.File, error) {
	if err := os.Chmod(cfg.Name, cfg.Mode.Perm()); err != nil { // whatever the umask
		return nil, err
	}
	if cfg.UID >= 0 || cfg.GID >= 0 {
		if err := os.Chown(cfg.Name, cfg.UID, cfg.GID); err != nil {
			return nil, err
		}
	}
	// Also for writing: there is no end of file when the last client goes.
	f, err := os.OpenFile(cfg.Name, os.O_RDWR|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if err := check(f, cfg.Name); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// removeStale removes a FIFO that nobody reads.
func removeStale(name string) error {
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeNamedPipe:
		return fmt.Errorf("%s is there already, and is no FIFO", name)
	}
	f, err := os.OpenFile(name, os.O_WRONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
	if err == nil {
		f.Close()
		return fmt.Errorf("another process reads %s", name)
	}
	return os.Remove(name)
}

// openReply opens a client's FIFO for writing, without waiting. ENXIO says that the
// client does not read yet.
func openReply(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if err := check(f, name); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// check makes sure that f is a FIFO which has this name only, and still has it.
func check(f *os.File, name string) error {
	opened, err := f.Stat()
	if err != nil {
		return err
	}
	named, err := os.Lstat(name)
	switch sys, _ := opened.Sys().(*syscall.Stat_t); {
	case err != nil:
		return err
	case opened.Mode().Type() != fs.ModeNamedPipe:
		return fmt.Errorf("%s is no FIFO", name)
	case sys != nil && sys.Nlink > 1:
		return fmt.Errorf("%s has other names too", name)
	case !os.SameFile(opened, named):
		return fmt.Errorf("%s was exchanged", name)
	}
	return nil
}
