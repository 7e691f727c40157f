<?php
// The form of bench/measure.py in PHP, for PHP-FPM and php-cgi: DATA is the folder; LOG=shared appends to a file a day, LOG=files
// makes a file a submission; DURABLE=yes flushes before the answer. LOG=table inserts a row into the PostgreSQL that DATABASE names, and
// an Idempotency-Key is one row there.
declare(strict_types=1);

function answer(int $status, string $title, string $text): never
{
    http_response_code($status);
    header('Content-Type: text/html; charset=utf-8');
    header('X-Content-Type-Options: nosniff');
    echo "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>$title</title>\n$text\n</html>\n";
    exit;
}

function check(string $name, bool $required, int $max, array &$fields): ?string
{
    $value = $_POST[$name] ?? '';
    if (!is_string($value) || !preg_match('//u', $value)) {
        return "$name: one text in UTF-8, please.";
    }
    if ($value === '') {
        return $required ? "$name: please fill this in." : null;
    }
    $fields[$name] = $value;
    return iconv_strlen($value, 'UTF-8') > $max ? "$name: no more than $max characters, please." : null;
}

function keep(string $id, string $line): bool
{
    $durable = getenv('DURABLE') === 'yes';
    $folder = getenv('DATA');
    if (getenv('LOG') === 'files') {
        $file = fopen("$folder/.$id", 'x');
        return $file && fwrite($file, $line) === strlen($line) && (!$durable || fsync($file)) && fclose($file)
            && rename("$folder/.$id", "$folder/$id.json");
    }
    $file = fopen($folder . gmdate('/Y-m-d') . '.jsonl', 'a');
    return $file && flock($file, LOCK_EX) && fwrite($file, $line) === strlen($line) && flock($file, LOCK_UN)
        && (!$durable || fdatasync($file));
}

// Gives the id of the row that has the key: this one's, or that of the post before with the same key.
function keep_row(string $id, string $record): ?string
{
    $key = $_SERVER['HTTP_IDEMPOTENCY_KEY'] ?? null;
    $database = pg_pconnect(getenv('DATABASE'));
    $found = $database ? pg_query_params($database, 'INSERT INTO outcomes (id, key, record) VALUES ($1, $2, $3) '
        . 'ON CONFLICT (key) DO NOTHING RETURNING id', [$id, $key, $record]) : false;
    if ($found && pg_num_rows($found) === 0) {
        $found = pg_query_params($database, 'SELECT id FROM outcomes WHERE key = $1', [$key]);
    }
    return $found && pg_num_rows($found) === 1 ? pg_fetch_result($found, 0, 0) : null;
}

if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    header('Allow: POST');
    answer(405, 'Method not allowed', '<p>Please post to this form.</p>');
}
$fields = [];
$faults = array_filter([
    check('name', true, 100, $fields),
    check('email', true, 254, $fields),
    check('topic', false, 20, $fields),
    check('message', true, 5000, $fields),
    check('website', false, 200, $fields),
]);
if (isset($fields['email']) && !filter_var($fields['email'], FILTER_VALIDATE_EMAIL)) {
    $faults[] = 'email: this is no e-mail address.';
}
if (isset($fields['topic']) && !in_array($fields['topic'], ['sales', 'support', 'other'], true)) {
    $faults[] = 'topic: please choose one.';
}
if ($faults) {
    answer(422, 'Please check', '<ul><li>' . implode('</li><li>', $faults) . '</li></ul>');
}
$record = [
    'id' => bin2hex(random_bytes(15)),
    'form' => 'contact',
    'received' => (new DateTime('now', new DateTimeZone('UTC')))->format('Y-m-d\TH:i:s.v\Z'),
    'fields' => array_diff_key($fields, ['website' => '']),
    'files' => [],
    'client' => ['address' => $_SERVER['REMOTE_ADDR'] ?? null, 'agent' => $_SERVER['HTTP_USER_AGENT'] ?? null],
];
if (isset($fields['website'])) {
    $record['spam'] = 'trap';
}
$line = json_encode($record, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE) . "\n";
$id = $record['id'];
$id = getenv('LOG') === 'table' ? keep_row($id, $line) : (keep($id, $line) ? $id : null);
if ($id === null) {
    answer(503, 'Not kept', '<p>Your message was not kept. Please try again later.</p>');
}
$location = "http://{$_SERVER['HTTP_HOST']}{$_SERVER['SCRIPT_NAME']}/contact/$id";
header("Location: $location");
$link = htmlspecialchars($location);
answer(303, 'See other', "<p>What you are looking for is here: <a href=\"$link\">$link</a></p>");
