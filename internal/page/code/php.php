<?php
// chat-token/index.php, in the folder that is served; your login sets $_SESSION['user_id'] and $_SESSION['user_name'].
declare(strict_types=1);

function chat_token(string $site, string $kid, string $secret, string $sub, string $name): string
{
    $part = fn (string $bytes): string => rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
    $now = time();
    $head = ['alg' => 'HS256', 'typ' => 'JWT', 'kid' => $kid];
    $claims = ['iss' => $site, 'aud' => 'maru', 'sub' => $sub, 'name' => $name, 'iat' => $now, 'exp' => $now + 600];
    $text = $part(json_encode($head, JSON_THROW_ON_ERROR)) . '.' . $part(json_encode($claims, JSON_THROW_ON_ERROR));
    return $text . '.' . $part(hash_hmac('sha256', $text, $secret, true));
}

session_start(['read_and_close' => true]);
if (!isset($_SESSION['user_id'])) {
    http_response_code(401);
    exit;
}
// getenv gives false where the key is not set, which chat_token refuses.
$token = chat_token('shop', getenv('MARU_KID'), getenv('MARU_SECRET'), (string) $_SESSION['user_id'], $_SESSION['user_name']);
header('Content-Type: text/plain');
header('Cache-Control: no-store');
echo $token;
