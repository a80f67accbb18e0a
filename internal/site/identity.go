package site

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	"maru/internal/chat"
)

// digest is what a token is remembered by.
type digest = [sha256.Size]byte

// pass is what a good token is good for.
type pass struct {
	actor   chat.Actor // of the user the id alone
	site    *Site
	changes int64 // of the sites, when it was checked
}

// maxTokens is how many tokens are remembered.
const maxTokens = 20000

// tokens remembers tokens that were checked, until they end: what is asked most
// costs no signature.
type tokens struct {
	mu   sync.Mutex
	held map[digest]pass
}

func (k *tokens) find(of digest) (pass, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p, ok := k.held[of]
	return p, ok
}

func (k *tokens) keep(of digest, p pass, now chat.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.held) >= maxTokens {
		for other, one := range k.held {
			if one.actor.Until <= now || one.changes != p.changes {
				delete(k.held, other)
			}
		}
	}
	if len(k.held) >= maxTokens {
		clear(k.held)
	}
	k.held[of] = p
}

// IsToken reports whether a Bearer token is meant to be one of a site.
func IsToken(text string) bool { return strings.Contains(text, ".") }

// Bearer returns whom a site's token stands for, of the user the id alone, and
// the site. Every token that is not good is refused with the same words.
func (s *Sites) Bearer(ctx context.Context, text string) (chat.Actor, *Site, error) {
	all, err := s.snapshot(ctx)
	if err != nil {
		return chat.Actor{}, nil, err
	}
	of, now := sha256.Sum256([]byte(text)), chat.At(s.now())
	if p, ok := s.tokens.find(of); ok && p.changes == all.changes && now < p.actor.Until {
		return p.actor, p.site, nil
	}
	site, claims, kid, err := s.believe(all, text)
	if err != nil {
		// Its site has to find out, and strangers must not fill the log.
		s.told.Do(func() { s.log.Info("a token of a site is refused", "reason", err) })
		return chat.Actor{}, nil, signInFirst
	}
	user, err := s.visitor(ctx, site, claims)
	if err != nil {
		return chat.Actor{}, nil, err
	}
	p := pass{grant(site, claims, user, chat.KeyCredential(site.ID, kid)+chat.Credential(hex.EncodeToString(of[:8]))), site, all.changes}
	s.tokens.keep(of, p, now)
	return p.actor, p.site, nil
}

// Explain says which rule a token breaks, in words for whoever makes it; nil where
// it breaks none.
func (s *Sites) Explain(ctx context.Context, text string) error {
	all, err := s.snapshot(ctx)
	if err == nil {
		_, _, _, err = s.believe(all, strings.TrimSpace(text))
	}
	return err
}

// believe returns the site that has signed a token, and what it says; or which
// rule the token breaks.
func (s *Sites) believe(all *snapshot, text string) (site *Site, claims chat.Claims, kid string, err error) {
	t, err := readToken(text)
	if err != nil {
		return nil, claims, "", err
	}
	// The key is looked up in the site that the token names, and nowhere else.
	if site = all.byName[t.claims.Issuer]; site == nil {
		return nil, claims, "", fmt.Errorf("there is no site %q", t.claims.Issuer)
	}
	key, ok := site.keys[t.key]
	if !ok {
		return nil, claims, "", fmt.Errorf("site %s has no key %q", site.Name, t.key)
	}
	if err := t.verify(key); err != nil {
		return nil, claims, "", fmt.Errorf("site %s, key %s: %w", site.Name, t.key, err)
	}
	if claims, err = t.claims.Check(s.now()); err != nil {
		return nil, claims, "", fmt.Errorf("site %s, sub %q: %w", site.Name, t.claims.Subject, err)
	}
	return site, claims, t.key, nil
}

// grant is what the claims of a site let a user do.
func grant(site *Site, claims chat.Claims, user int64, as chat.Credential) chat.Actor {
	actor := chat.Actor{
		User: chat.User{ID: user}, Until: claims.Until(), Reach: site.reach, Credential: as,
	}
	if moderates := site.Roles && claims.Moderates(); moderates || claims.Rooms != nil {
		actor.Reach = site.reach.Limit(claims.Rooms, moderates)
	}
	return actor
}
