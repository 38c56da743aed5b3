package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// million starts the proxy with many contacts in its database.
func million(ctx context.Context, b *bench) error {
	if err := b.tables(ctx); err != nil {
		return err
	}
	empty, err := b.proxy("single-instance-sql-write-back")
	if err != nil {
		return err
	}
	without := resident(empty)
	if err := empty.Stop(); err != nil {
		return err
	}
	if err := b.contactRows(ctx, b.contacts); err != nil {
		return err
	}
	texts, err := b.number(ctx, "SELECT sum(length(username) + length(contact) + length(callid) + length(user_agent) + length(socket)) FROM location")
	if err != nil {
		return err
	}
	begin := time.Now()
	p, err := b.proxy("single-instance-sql-write-back")
	if err != nil {
		return err
	}
	took := time.Since(begin)
	n, err := b.registered(p)
	each := (resident(p) - without) * 1e6 / float64(b.contacts)
	strings := float64(texts) / float64(b.contacts)
	fmt.Fprintf(b, "million: %d contacts of PostgreSQL are there %v after the start; %.0f bytes each, %.0f of them texts: %.0f beyond those\n",
		n, took.Round(time.Millisecond), each, strings, each-strings)
	errs := []error{err}
	check(&errs, n == b.contacts, "%d contacts, want %d", n, b.contacts)
	check(&errs, each-strings <= 600, "%.0f bytes for each contact, want at most 600", each-strings)
	check(&errs, took <= 10*time.Second, "it took %v, want at most 10 s", took)
	return errors.Join(append(errs, p.Stop())...)
}
