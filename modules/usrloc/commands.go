package usrloc

import (
	"context"
	"strings"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/usrloc"
)

func (m *Module) commands() []*mi.Command {
	table, aor := mi.Str("table_name", `the table: "location"`), mi.Str("aor", "the address-of-record: user@domain, or just the user without use_domain")
	contact := mi.Str("contact", "the contact's URI")
	return []*mi.Command{
		{Name: "usrloc:rm", Aliases: []string{"ul_rm"}, Doc: "Remove all contacts of an address-of-record.", Recipes: []mi.Recipe{mi.Recipe2(table, aor, m.miRemove)}},
		{Name: "usrloc:rm_contact", Aliases: []string{"ul_rm_contact"}, Doc: "Remove one contact of an address-of-record.", Recipes: []mi.Recipe{mi.Recipe3(table, aor, contact, m.miRemoveContact)}},
		{Name: "usrloc:dump", Aliases: []string{"ul_dump"}, Doc: "Show all contacts that are in memory.", Recipes: []mi.Recipe{
			mi.Recipe0(func(ctx context.Context) (any, error) { return m.miDump(ctx, "") }),
			mi.Recipe1(mi.Str("brief", `"brief": the addresses-of-record only`), m.miDump)}},
		{Name: "usrloc:flush", Aliases: []string{"ul_flush"}, Doc: "Write to the database what has not been written yet.", Recipes: []mi.Recipe{mi.Recipe0(m.miFlush)}},
		{Name: "usrloc:add", Aliases: []string{"ul_add"}, Doc: "Add a contact, or change one with an equal URI.", Recipes: []mi.Recipe{m.addRecipe(table, aor, contact)}},
		{Name: "usrloc:show_contact", Aliases: []string{"ul_show_contact"}, Doc: "Show the contacts of an address-of-record.", Recipes: []mi.Recipe{mi.Recipe2(table, aor, m.miShow)}},
		{Name: "usrloc:sync", Aliases: []string{"ul_sync"}, Doc: "Make the table of the database like the memory: all of it, or one address-of-record.", Recipes: []mi.Recipe{
			mi.Recipe1(table, func(ctx context.Context, t string) (any, error) { return m.miSync(ctx, t, "") }),
			mi.Recipe2(table, aor, m.miSync)}},
		{Name: "usrloc:cluster_sync", Aliases: []string{"ul_cluster_sync"}, Doc: "Always refused: there is no cluster to get contacts from.", Recipes: []mi.Recipe{mi.Recipe0(m.miClusterSync)}},
	}
}

// place finds the table, and writes the address-of-record as the table has it.
func (m *Module) place(table, aor string) (*usrloc.Domain, string, error) {
	d := m.Location().Domain(table)
	if d == nil {
		return nil, "", mi.Errorf(404, "Table not found")
	}
	user, _, found := strings.Cut(aor, "@")
	switch {
	case !m.set.useDomain:
		aor = user
	case !found:
		return nil, "", mi.Errorf(400, "Domain missing in AOR")
	}
	return d, aor, nil
}

func (m *Module) miRemove(ctx context.Context, table, aor string) (any, error) {
	return m.miChange(ctx, table, aor, "AOR not found", func(ch *usrloc.Change) { ch.Clear = true })
}

func (m *Module) miRemoveContact(ctx context.Context, table, aor, contact string) (any, error) {
	return m.miChange(ctx, table, aor, "Contact not found", func(ch *usrloc.Change) { ch.Remove.URI = ch.Keep([]byte(contact)) })
}

// miChange carries out what set asks for.
func (m *Module) miChange(ctx context.Context, table, aor, nothing string, set func(*usrloc.Change)) (any, error) {
	d, aor, err := m.place(table, aor)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, maxAnswer)
	defer cancel()
	w := make(resultWaiter, 1)
	if _, ok := loop.Ask(ctx, m.core.Group, 0, func(l *loop.Loop) bool { m.change(l, d, aor, set, w); return true }); !ok {
		return nil, asyncops.ErrNoAnswer
	}
	select {
	case r := <-w:
		return mi.OK, verdictError(r.Verdict, nothing)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func verdictError(v usrloc.Verdict, nothing string) error {
	switch v {
	case usrloc.Done:
		return nil
	case usrloc.Unchanged:
		return mi.Errorf(404, "%s", nothing)
	case usrloc.BadURI:
		return mi.Errorf(400, "Bad parameter")
	}
	return mi.Errorf(500, "%s", v)
}

func (m *Module) miFlush(ctx context.Context) (any, error) {
	if b := m.Location().Backend(); b != nil {
		return mi.OK, b.Flush(ctx)
	}
	return mi.OK, nil
}

func (m *Module) miSync(ctx context.Context, table, aor string) (any, error) {
	d := m.Location().Domain(table)
	if d == nil {
		return nil, mi.Errorf(404, "Table not found")
	}
	b := m.Location().Backend()
	if b == nil {
		return nil, mi.Errorf(500, "there is no database")
	}
	var who []byte
	if aor != "" {
		_, text, err := m.place(table, aor)
		if err != nil {
			return nil, err
		}
		if who = []byte(text); d.Get(who) == nil {
			return nil, mi.Errorf(404, "AOR not found")
		}
	}
	return mi.OK, b.Sync(ctx, d, who)
}

func (m *Module) miClusterSync(context.Context) (any, error) {
	return nil, mi.Errorf(400, "there is no cluster: location_cluster has no meaning here")
}

// What a contact of a command has instead of a REGISTER's.
const (
	commandCallID = "usrloc-add@fastsips.mi"
	commandCSeq   = 1
	commandAgent  = "fastsips MI"
)

func (m *Module) addRecipe(table, aor, contact mi.Param[string]) mi.Recipe {
	return mi.Recipe8(table, aor, contact, mi.Int("expires", "seconds that it lasts; 0: for ever"), mi.Str("q", "0 to 1; empty: none"),
		mi.Int("flags", "of the module"), mi.Int("cflags", "branch flags, as bits"), mi.Int("methods", "that it allows, as bits; 32767: all"), m.miAdd)
}

func (m *Module) miAdd(ctx context.Context, table, aor, uri string, expires int, qText string, flags, branchFlags, methods int) (any, error) {
	q, ok := parseQ(qText)
	if !ok || expires < 0 {
		return nil, mi.Errorf(400, "Bad parameter")
	}
	c := usrloc.Contact{URI: []byte(uri), CallID: []byte(commandCallID), CSeq: commandCSeq, UserAgent: []byte(commandAgent), Q: q,
		Flags: uint32(flags), BranchFlags: uint32(branchFlags), Methods: uint32(methods)}
	if expires > 0 {
		c.Expires = m.core.Group.Wall().Unix() + int64(expires)
	}
	return m.miChange(ctx, table, aor, "", func(ch *usrloc.Change) { ch.Upsert(&c) })
}

// parseQ reads a q as RFC 3261 §25.1 has it; an empty text is none.
func parseQ(s string) (int16, bool) {
	if s == "" {
		return usrloc.NoQ, true
	}
	q, ok := sipparse.ParseQ([]byte(s))
	return int16(q), ok
}
