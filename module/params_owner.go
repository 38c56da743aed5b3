package module

import (
	"errors"
	"os/user"
	"strconv"
)

// User is the owner of a file, by name or number: its number, -1 if not set.
func (p *Params) User(uid *int, name, doc string) {
	p.owner(uid, name, doc, func(name string) (string, error) {
		u, err := user.Lookup(name)
		if err != nil {
			return "", err
		}
		return u.Uid, nil
	})
}

// Group is the group of a file, likewise.
func (p *Params) Group(gid *int, name, doc string) {
	p.owner(gid, name, doc, func(name string) (string, error) {
		g, err := user.LookupGroup(name)
		if err != nil {
			return "", err
		}
		return g.Gid, nil
	})
}

func (p *Params) owner(id *int, name, doc string, lookUp func(string) (string, error)) {
	*id = -1
	p.AnyFunc(name, doc, func(v Value) error {
		if v.IsInt {
			if v.Int < 0 {
				return errors.New("must not be negative")
			}
			*id = int(v.Int)
			return nil
		}
		text, err := lookUp(v.Str)
		if err != nil {
			return err
		}
		*id, err = strconv.Atoi(text)
		return err
	})
}
