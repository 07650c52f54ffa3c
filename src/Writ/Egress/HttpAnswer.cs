using System.Globalization;
using System.Text;

namespace Writ.Egress;

/// <summary>How the end of an answer's content is known.</summary>
public enum AnswerBody
{
    None,
    Length,
    Chunked,

    /// <summary>With the end of the connection.</summary>
    Close,
}

/// <summary>
/// The head of one HTTP/1.x answer, read as strictly as a request: what two readers could take for two answers is none.
/// </summary>
/// <param name="Reason">The words behind the status.</param>
public sealed record HttpAnswer(
    int Status, string Reason, ImmutableArray<HttpField> Fields, AnswerBody Body, long Length)
{
    public const int BytesMax = 64 * 1024;
    public const int FieldsMax = 200;

    // Of the connection, or how its content is divided; and what would be a credential of its own.
    static readonly ImmutableHashSet<string> _dropped = ImmutableHashSet.Create(
        StringComparer.OrdinalIgnoreCase, "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate",
        "Proxy-Authentication-Info", "Transfer-Encoding", "Content-Length", "Trailer", "Upgrade", "Alt-Svc");

    static readonly EgressProblem _malformed = new("net.bad-answer", "What answers there does not speak HTTP/1.1.");

    /// <summary>More of an answer is to come after this head.</summary>
    public bool IsInterim => Status is >= 100 and < 200;

    /// <summary>Reads a whole head, up to and with its empty line.</summary>
    /// <param name="method">Of the request: an answer to HEAD has no content, whatever it says.</param>
    public static (HttpAnswer? Answer, EgressProblem? Problem) Parse(ReadOnlySpan<byte> bytes, string method)
    {
        if (bytes.Length > BytesMax || !bytes.EndsWith("\r\n\r\n"u8))
            return (null, _malformed);
        var lines = Encoding.Latin1.GetString(bytes[..^4]).Split("\r\n");
        foreach (var line in lines)
            if (line.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
                return (null, _malformed);
        var first = lines[0];
        if (lines.Length - 1 > FieldsMax || first.Length < 12 || first[..9] is not ("HTTP/1.1 " or "HTTP/1.0 ")
            || !first.AsSpan(9, 3).ContainsOnlyDigits() || (first.Length > 12 && first[12] != ' ')
            || first.Any(c => c is < ' ' or '\u007f'))
            return (null, _malformed);
        var fields = ImmutableArray.CreateBuilder<HttpField>(lines.Length - 1);
        foreach (var line in lines.AsSpan(1))
            if (HttpHead.FieldOf(line) is { } field)
                fields.Add(field);
            else
                return (null, _malformed);
        return Framed(
            int.Parse(first.AsSpan(9, 3), CultureInfo.InvariantCulture), first.Length > 13 ? first[13..] : "",
            fields.DrainToImmutable(), method);
    }

    /// <summary>The head as the client gets it.</summary>
    /// <param name="keepsOpen">Another request may follow.</param>
    /// <param name="hides">A credential was added: the answer gives none out in its place.</param>
    /// <param name="masked">Takes out of a text what the client must not learn.</param>
    public byte[] Render(bool keepsOpen, bool hides, Func<string, string> masked)
    {
        var text = new StringBuilder(512);
        text.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {Status} {masked(Reason)}\r\n");
        foreach (var field in Fields)
            if (!_dropped.Contains(field.Name)
                && !(hides && (field.Is("Set-Cookie") || field.Is("Set-Cookie2") || field.Is("Authentication-Info"))))
                text.Append(CultureInfo.InvariantCulture, $"{field.Name}: {masked(field.Value)}\r\n");
        if (Body == AnswerBody.Length)
            text.Append(CultureInfo.InvariantCulture, $"Content-Length: {Length}\r\n");
        else if (Body == AnswerBody.Chunked)
            text.Append("Transfer-Encoding: chunked\r\n");
        else if (Body == AnswerBody.None && Status is not (204 or 304) && !IsInterim && Length >= 0)
            text.Append(CultureInfo.InvariantCulture, $"Content-Length: {Length}\r\n");
        if (!IsInterim)
            text.Append(keepsOpen ? "Connection: keep-alive\r\n" : "Connection: close\r\n");
        return Encoding.Latin1.GetBytes(text.Append("\r\n").ToString());
    }

    static (HttpAnswer?, EgressProblem?) Framed(
        int status, string reason, ImmutableArray<HttpField> fields, string method)
    {
        var codings = fields.Where(f => f.Is("Transfer-Encoding")).ToArray();
        var lengths = fields.Where(f => f.Is("Content-Length")).ToArray();
        if (codings.Length > 1 || lengths.Length > 1 || (codings.Length > 0 && lengths.Length > 0)
            || status is < 100 or > 599 or 101)
            return (null, new("net.bad-answer", "The answer can be read in more than one way."));
        if (codings is [var coding] && !string.Equals(coding.Value, "chunked", StringComparison.OrdinalIgnoreCase))
            return (null, new("net.bad-answer", "The only coding of an answer that is passed on is chunked."));
        var length = -1L;
        if (lengths is [var said] && (said.Value.Length is 0 or > 18 || !said.Value.All(char.IsAsciiDigit)
            || !long.TryParse(said.Value, NumberStyles.None, CultureInfo.InvariantCulture, out length)))
            return (null, new("net.bad-answer", "The answer's length is no number."));
        var body = method == "HEAD" || status is < 200 or 204 or 304 ? AnswerBody.None
            : codings.Length > 0 ? AnswerBody.Chunked
            : length >= 0 ? AnswerBody.Length
            : AnswerBody.Close;
        return (new HttpAnswer(status, reason, fields, body, length), null);
    }
}

static class Digits
{
    public static bool ContainsOnlyDigits(this ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');
}
