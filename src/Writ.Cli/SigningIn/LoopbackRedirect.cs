using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Writ.Cli.SigningIn;

/// <summary>
/// Where a browser comes back to (RFC 8252, section 7.3): a port of this machine for one answer, that names the state
/// which only we and the provider know. Whoever else comes is told nothing and changes nothing.
/// </summary>
sealed class LoopbackRedirect : IDisposable
{
    const string Path = "/callback";
    const int HeadMax = 16 * 1_024;
    const int VisitorsMax = 64;
    static readonly TimeSpan _visit = TimeSpan.FromSeconds(5);

    readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public LoopbackRedirect()
    {
        _listener.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}{Path}";
    }

    public string Url { get; }

    /// <summary>The parameters of the answer that has this state.</summary>
    public Dictionary<string, string> Await(string state, TimeSpan patience)
    {
        using var late = new CancellationTokenSource(patience);
        for (var visitor = 0; visitor < VisitorsMax; visitor++)
        {
            TcpClient client;
            try
            {
                client = _listener.AcceptTcpClientAsync(late.Token).AsTask().GetAwaiter().GetResult();
            }
            catch (OperationCanceledException)
            {
                break;
            }
            using (client)
                if (Answer(client, state) is { } found)
                    return found;
        }
        throw ProviderSignIn.Refused("nobody came back from the provider in time");
    }

    public void Dispose() => _listener.Dispose();

    static Dictionary<string, string>? Answer(TcpClient client, string state)
    {
        try
        {
            client.ReceiveTimeout = client.SendTimeout = (int)_visit.TotalMilliseconds;
            using var stream = client.GetStream();
            var found = Parameters(Target(stream));
            var fits = found?.GetValueOrDefault("state") == state;
            var (status, text) = fits
                ? ("200 OK", "You can close this window and go back to the terminal.")
                : ("400 Bad Request", "This is not what is waited for.");
            stream.Write(Encoding.ASCII.GetBytes(
                $"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {text.Length}\r\n"
                + $"Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{text}"));
            return fits ? found : null;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return null;
        }
    }

    // What stands between GET and HTTP/1.1; the head is read to its end, so that the browser hears an answer.
    static string? Target(NetworkStream stream)
    {
        var head = new byte[HeadMax];
        var length = 0;
        while (length < HeadMax && stream.Read(head, length, HeadMax - length) is > 0 and var count)
        {
            length += count;
            if (head.AsSpan(0, length).IndexOf("\r\n\r\n"u8) >= 0)
                break;
        }
        var line = Encoding.ASCII.GetString(head, 0, length).Split("\r\n")[0].Split(' ');
        return line is ["GET", var target, "HTTP/1.1"] ? target : null;
    }

    static Dictionary<string, string>? Parameters(string? target)
    {
        if (target?.StartsWith(Path + "?", StringComparison.Ordinal) != true)
            return null;
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in target[(Path.Length + 1)..].Split('&', 32))
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0 || !found.TryAdd(
                Decoded(pair[..at]), Decoded(pair[(at + 1)..])))
                return null;
        }
        return found;
    }

    static string Decoded(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
