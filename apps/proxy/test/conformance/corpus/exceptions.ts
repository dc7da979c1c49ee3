/** Cases that both references refuse and Evenkeel answers. The aim is an empty list. */
export const acceptedAgainstBothReferences: ReadonlyMap<string, string> = new Map();

/** Cases whose label, made for an origin's parser, is the opposite of what an intermediary does. */
export const contraryToTheLabel: ReadonlyMap<string, string> = new Map([
  ...each("another protocol than HTTP/1", [
    "llhttp/request/method#12",
    "llhttp/request/method#13",
    "llhttp/request/method#14",
    "llhttp/request/method#15",
    "llhttp/response/sample#2",
    "llhttp/response/sample#17",
  ]),
  ...each("CONNECT is not offered", [
    "gunicorn/valid/rfc9112_target_authority_connect_01",
    "gunicorn/valid/rfc9112_target_authority_ipv6_01",
  ]),
  ...each("a transfer coding other than exactly chunked", [
    "llhttp/request/transfer-encoding#20",
    "gunicorn/valid/009",
    "gunicorn/valid/025",
    "gunicorn/valid/025_line",
    "gunicorn/valid/029",
    "gunicorn/valid/rfc9112_smuggle_gzip_chunked_01",
    "aws-desync-guardian/more-compliant-tests#6",
    "aws-desync-guardian/more-compliant-tests#8",
    "aws-desync-guardian/more-compliant-tests#9",
    "aws-desync-guardian/more-compliant-tests#10",
    "aws-desync-guardian/rfc-compliant#9",
    "aws-desync-guardian/rfc-compliant#10",
    "aws-desync-guardian/rfc-compliant#11",
    "llhttp/response/transfer-encoding#2",
    "llhttp/response/transfer-encoding#3",
    "llhttp/response/transfer-encoding#4",
  ]),
  ...each("an empty target, a fragment or a byte outside ASCII", [
    "aws-desync-guardian/rfc-compliant#14",
    "aws-desync-guardian/rfc-compliant#12",
    "aws-desync-guardian/rfc-compliant#13",
    "gunicorn/valid/027",
  ]),
  ...each("absolute-form that disagrees with Host", ["llhttp/request/uri#3"]),
  ...each("accepted: an unknown method is passed on (row 31)", [
    "llhttp/request/invalid#4",
    "gunicorn/invalid/003c",
  ]),
  ...each("accepted: a limit of that server, not of ours", [
    "gunicorn/invalid/006",
    "gunicorn/invalid/007",
    "gunicorn/invalid/008",
  ]),
  ...each("accepted: Content-Type is the backend's business", ["gunicorn/invalid/041"]),
  ...each("accepted: forbidden trailers are dropped (row 13)", [
    "gunicorn/invalid/rfc9110_trailer_forbidden_cl_01",
    "gunicorn/invalid/rfc9110_trailer_forbidden_host_01",
    "gunicorn/invalid/rfc9110_trailer_forbidden_te_01",
  ]),
  ...each("relayed: the response is whole, what follows it is dropped (row 66)", [
    "llhttp/response/connection#6",
    "llhttp/response/connection#8",
  ]),
  ...each("refused: a 101 that nobody asked for (row 57)", [
    "llhttp/response/connection#10",
    "llhttp/response/connection#11",
  ]),
  ...each("refused: RFC 9112 2.2 lets only a server skip empty lines", [
    "llhttp/response/sample#19",
  ]),
  ...each("user information in the target", ["gunicorn/valid/rfc9112_target_absolute_userinfo_01"]),
]);

function each(reason: string, ids: readonly string[]): (readonly [string, string])[] {
  return ids.map((id) => [id, reason] as const);
}
