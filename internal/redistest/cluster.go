package redistest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A Cluster is three masters, with a replica each if that was asked for.
type Cluster struct {
	Nodes []*Server // the masters; then the replicas, in the order of their masters
	ids   []string
	tb    testing.TB
}

const (
	masters   = 3
	slotCount = 16384
)

// StartCluster starts a cluster and waits until it serves all slots. It takes two or
// three seconds.
func StartCluster(tb testing.TB, replicas bool, cfg Config) *Cluster {
	tb.Helper()
	n := masters
	if replicas {
		n *= 2
	}
	cfg.Cluster = true
	c := &Cluster{tb: tb}
	for range n {
		s := StartConfig(tb, cfg)
		c.Nodes = append(c.Nodes, s)
		c.ids = append(c.ids, s.Do("CLUSTER", "MYID"))
	}
	for i, s := range c.Nodes {
		if i < masters {
			first, last := slotsOf(i)
			s.Do("CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(first), strconv.Itoa(last))
		}
		s.Do("CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1))
		if i > 0 {
			s.meet(c.Nodes[0])
		}
	}
	c.until("all nodes know each other", func(s *Server) bool { return s.info("cluster_known_nodes") == strconv.Itoa(n) })
	for i := masters; i < n; i++ {
		c.Nodes[i].Do("CLUSTER", "REPLICATE", c.ids[i-masters])
	}
	c.WaitOK()
	if replicas {
		for _, s := range c.Nodes[masters:] {
			c.poll("a replica has its master's data", func() bool { return strings.Contains(s.Do("INFO", "replication"), "master_link_status:up") })
		}
	}
	return c
}

// slotsOf returns the range of master i.
func slotsOf(i int) (first, last int) { return i * slotCount / masters, (i+1)*slotCount/masters - 1 }

// meet introduces s to other, whose bus may be anywhere.
func (s *Server) meet(other *Server) {
	s.tb.Helper()
	s.Do("CLUSTER", "MEET", "127.0.0.1", strconv.Itoa(other.Port), strconv.Itoa(other.busPort))
}

// info returns a value of CLUSTER INFO.
func (s *Server) info(name string) string {
	s.tb.Helper()
	for _, line := range strings.Split(s.Do("CLUSTER", "INFO"), "\r\n") {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return value
		}
	}
	return ""
}

// WaitOK waits until all nodes that run say that the cluster serves all slots.
func (c *Cluster) WaitOK() {
	c.tb.Helper()
	c.until("the cluster serves all slots", func(s *Server) bool {
		return s.info("cluster_state") == "ok" && s.info("cluster_slots_ok") == strconv.Itoa(slotCount)
	})
}

// until waits until ok holds of all nodes that run.
func (c *Cluster) until(what string, ok func(*Server) bool) {
	c.tb.Helper()
	c.poll(what, func() bool {
		for _, s := range c.Nodes {
			if s.Pid() != 0 && !ok(s) {
				return false
			}
		}
		return true
	})
}

func (c *Cluster) poll(what string, ok func() bool) {
	c.tb.Helper()
	for end := time.Now().Add(60 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			c.tb.Fatal("redistest: never: ", what)
		}
	}
}

// A Migration is a slot on its way from one master to another.
type Migration struct {
	c        *Cluster
	slot     string
	from, to int
}

// Migrate begins to move a slot: keys that are there no more are asked of the other.
func (c *Cluster) Migrate(slot, from, to int) Migration {
	c.tb.Helper()
	m := Migration{c, strconv.Itoa(slot), from, to}
	c.Nodes[to].Do("CLUSTER", "SETSLOT", m.slot, "IMPORTING", c.ids[from])
	c.Nodes[from].Do("CLUSTER", "SETSLOT", m.slot, "MIGRATING", c.ids[to])
	return m
}

// Move moves a key of the slot.
func (m Migration) Move(key string) {
	m.c.tb.Helper()
	to := m.c.Nodes[m.to]
	args := []string{"MIGRATE", "127.0.0.1", strconv.Itoa(to.Port), key, "0", "5000"}
	if to.cfg.Password != "" {
		args = append(args, "AUTH", to.cfg.Password)
	}
	m.c.Nodes[m.from].Do(args...)
}

// Finish gives the slot to its new master; the old one learns of it.
func (m Migration) Finish() {
	m.c.tb.Helper()
	for _, i := range []int{m.to, m.from} {
		m.c.Nodes[i].Do("CLUSTER", "SETSLOT", m.slot, "NODE", m.c.ids[m.to])
	}
}

// Promoted waits until the replica of master i has become a master.
func (c *Cluster) Promoted(i int) {
	c.tb.Helper()
	c.poll(fmt.Sprintf("the replica of node %d is a master", i), func() bool {
		return strings.HasPrefix(c.Nodes[i+masters].Do("INFO", "replication"), "# Replication\r\nrole:master")
	})
}
