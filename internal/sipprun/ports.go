package sipprun

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pollEvery is how often /proc is looked at: no event tells when another process
// has bound a socket.
const pollEvery = 10 * time.Millisecond

// FreePort returns a UDP and TCP port of 127.0.0.1 that was free just now. It lies
// below those that the kernel gives to connections, or one of these would take it
// before its owner binds it.
func FreePort() (int, error) {
	for range 200 {
		port := lowestPort + rand.IntN(lowestEphemeral-lowestPort)
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		pc, err := net.ListenPacket("udp", addr)
		if err != nil {
			continue
		}
		l, err := net.Listen("tcp", addr)
		pc.Close()
		if err != nil {
			continue // taken on the TCP side
		}
		l.Close()
		return port, nil
	}
	return 0, fmt.Errorf("no free port on 127.0.0.1")
}

// The ports that FreePort chooses from; net.ipv4.ip_local_port_range begins above.
const (
	lowestPort      = 12000
	lowestEphemeral = 32768
)

// awaitBound returns once the process has UDP sockets on each of the ports, and
// the same ones at two looks: a server may try an address first and bind it again
// for its workers. Dead is closed when the process ends.
func awaitBound(pid int, ports []int, dead <-chan struct{}, patience time.Duration) error {
	deadline := time.After(patience)
	var before []string
	for {
		now, err := boundInodes(pid, ports)
		if err == nil && len(now) > 0 && slices.Equal(now, before) {
			return nil
		}
		before = now
		select {
		case <-dead:
			return fmt.Errorf("process %d ended before it listened", pid)
		case <-deadline:
			return fmt.Errorf("process %d does not listen on ports %v after %v", pid, ports, patience)
		case <-time.After(pollEvery):
		}
	}
}

// boundInodes returns the sockets of the process on the ports, sorted; nil unless
// every port has one.
func boundInodes(pid int, ports []int) ([]string, error) {
	own, err := socketInodes(pid)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, port := range ports {
		n := len(found)
		for _, table := range []string{"udp", "udp6", "tcp", "tcp6"} {
			b, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
			if err != nil {
				return nil, err
			}
			found = appendInodes(found, b, port, own)
		}
		if len(found) == n {
			return nil, nil
		}
	}
	slices.Sort(found)
	return found, nil
}

// appendInodes adds the sockets of own that a table of /proc/net shows on port.
// Columns: sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode.
func appendInodes(dst []string, table []byte, port int, own map[string]bool) []string {
	suffix := fmt.Sprintf(":%04X", port)
	for s := bufio.NewScanner(bytes.NewReader(table)); s.Scan(); {
		f := strings.Fields(s.Text())
		if len(f) > 9 && strings.HasSuffix(f[1], suffix) && own[f[9]] {
			dst = append(dst, f[9])
		}
	}
	return dst
}

// socketInodes lists the sockets that a process holds.
func socketInodes(pid int) (map[string]bool, error) {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	fds, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	inodes := map[string]bool{}
	for _, fd := range fds {
		to, err := os.Readlink(filepath.Join(dir, fd.Name()))
		if err != nil {
			continue // closed meanwhile
		}
		if rest, ok := strings.CutPrefix(to, "socket:["); ok {
			inodes[strings.TrimSuffix(rest, "]")] = true
		}
	}
	return inodes, nil
}

// CPU returns the time that the living threads of a process have run, to the
// nanosecond (schedstat); a Go program keeps its threads.
func CPU(pid int) (time.Duration, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("process %d has no schedstat", pid)
	}
	var sum time.Duration
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			continue // the thread ended meanwhile
		}
		if f := strings.Fields(string(b)); len(f) > 0 {
			ns, err := strconv.ParseInt(f[0], 10, 64)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", file, err)
			}
			sum += time.Duration(ns)
		}
	}
	return sum, nil
}

// UDPDrops returns how many datagrams the kernel has dropped at this process's UDP
// sockets of an IPv4 port. It is the last column of the table.
func UDPDrops(port int) (int, error) {
	for range 20 { // sockets that are closed while the table is read make the kernel skip others
		n, found, err := udpDrops(port)
		if found || err != nil {
			return n, err
		}
	}
	return 0, fmt.Errorf("no UDP socket on port %d", port)
}

func udpDrops(port int) (sum int, found bool, err error) {
	b, err := os.ReadFile("/proc/self/net/udp")
	if err != nil {
		return 0, false, err
	}
	suffix := fmt.Sprintf(":%04X", port)
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		f := strings.Fields(s.Text())
		if len(f) > 12 && strings.HasSuffix(f[1], suffix) {
			n, err := strconv.Atoi(f[12])
			if err != nil {
				return 0, false, err
			}
			sum, found = sum+n, true
		}
	}
	return sum, found, nil
}
