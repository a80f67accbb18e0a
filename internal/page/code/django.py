# chat_token.py, beside urls.py; there: from .chat_token import chat_token_view, and path("chat-token", chat_token_view)
import base64
import hashlib
import hmac
import json
import os
import time

from django.http import HttpResponse


def chat_token(site, kid, secret, sub, name):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    now = int(time.time())
    head = {"alg": "HS256", "typ": "JWT", "kid": kid}
    claims = {"iss": site, "aud": "maru", "sub": str(sub), "name": name, "iat": now, "exp": now + 600}
    text = part(head) + b"." + part(claims)
    sign = hmac.new(secret.encode(), text, hashlib.sha256).digest()
    return (text + b"." + base64.urlsafe_b64encode(sign).rstrip(b"=")).decode()


def chat_token_view(request):
    user = request.user
    if not user.is_authenticated:
        return HttpResponse(status=401)
    name = user.get_full_name() or user.get_username()
    token = chat_token("shop", os.environ["MARU_KID"], os.environ["MARU_SECRET"], user.pk, name)
    return HttpResponse(token, content_type="text/plain", headers={"Cache-Control": "no-store"})
