<?php
// app/Http/Controllers/ChatTokenController.php; in routes/web.php: Route::get('/chat-token', App\Http\Controllers\ChatTokenController::class);

namespace App\Http\Controllers;

use Illuminate\Http\Request;
use Illuminate\Http\Response;

class ChatTokenController
{
    // Without the middleware auth, which would answer with a redirect to the login.
    public function __invoke(Request $request): Response
    {
        $user = $request->user();
        if ($user === null) {
            return response('', 401);
        }
        // config/services.php: 'maru' => ['kid' => env('MARU_KID'), 'secret' => env('MARU_SECRET')],
        $key = config('services.maru');
        $token = $this->token('shop', $key['kid'], $key['secret'], (string) $user->getAuthIdentifier(), $user->name);
        return response($token, 200, ['Content-Type' => 'text/plain', 'Cache-Control' => 'no-store']);
    }

    private function token(string $site, string $kid, string $secret, string $sub, string $name): string
    {
        $part = fn (string $bytes): string => rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
        $now = time();
        $head = ['alg' => 'HS256', 'typ' => 'JWT', 'kid' => $kid];
        $claims = ['iss' => $site, 'aud' => 'maru', 'sub' => $sub, 'name' => $name, 'iat' => $now, 'exp' => $now + 600];
        $text = $part(json_encode($head, JSON_THROW_ON_ERROR)) . '.' . $part(json_encode($claims, JSON_THROW_ON_ERROR));
        return $text . '.' . $part(hash_hmac('sha256', $text, $secret, true));
    }
}
