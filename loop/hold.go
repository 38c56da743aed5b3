package loop

// HoldInput has no listener read anything or accept anybody from now on, on any loop,
// until ReleaseInput: what comes meanwhile waits in the kernel's buffers. All else goes
// on. It is to be called before Start, when the listeners are open.
func (g *Group) HoldInput() {
	for _, l := range g.loops {
		l.held = true
		l.watchInput()
	}
}

// ReleaseInput lets the listeners of l read from now on.
func (l *Loop) ReleaseInput() {
	if l.held {
		l.held = false
		l.watchInput()
	}
}

// Held reports whether the listeners of l are not read.
func (l *Loop) Held() bool { return l.held }

// watchInput has l's listeners watched for what comes, as far as that is to be read.
func (l *Loop) watchInput() {
	if l.group.virtual != nil {
		return // pass looks at held
	}
	for _, u := range l.group.udps {
		k := &u.sockets[l.index]
		if on := k.input(l); k.blocked {
			_ = k.watch.Modify(l, on|Writable)
		} else {
			_ = k.watch.Modify(l, on)
		}
	}
	for _, t := range l.group.tcps {
		_ = t.sockets[l.index].watch.Modify(l, l.input())
	}
}

// input is what k is watched for.
func (k *udpSocket) input(l *Loop) Events {
	if !k.reads {
		return 0
	}
	return l.input()
}

// input is what a listener of l is watched for.
func (l *Loop) input() Events {
	if l.held {
		return 0
	}
	return Readable
}
