package site

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"maru/internal/chat"
	"maru/internal/database"
)

// previewFor is how long a token of Preview is good for.
const previewFor = 10 * time.Minute

// Preview returns a token by which the actor, who governs sites, comes to the rooms
// of one as somebody whom that site vouches for; "" where the site's secrets are
// its own.
func (s *Sites) Preview(ctx context.Context, actor chat.Actor, name string) (string, error) {
	if err := s.db.Read(ctx, func(t *database.Tx) error { return mayGovern(t, actor) }); err != nil {
		return "", err
	}
	site, err := s.Named(ctx, name)
	if err != nil {
		return "", err
	}
	if site == nil {
		return "", chat.NoSuchThing()
	}
	for _, kid := range slices.Sorted(maps.Keys(site.keys)) {
		if site.keys[kid].algorithm != HS256 {
			continue
		}
		now := s.now()
		token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
			"iss": name, "aud": "maru", "sub": fmt.Sprintf("maru:%d", actor.ID), "name": actor.DisplayName,
			"iat": now.Unix(), "exp": now.Add(previewFor).Unix(),
		})
		token.Header["kid"] = kid
		return token.SignedString(site.keys[kid].key)
	}
	return "", nil
}
