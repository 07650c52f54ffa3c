using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Writ.Server.Tests.Egress;

/// <summary>A real server on this machine that keeps every head it was sent; plain or TLS, one answer a connection.
/// </summary>
sealed class LocalServer : IAsyncDisposable
{
    const int HeadMax = 64 * 1024;

    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly Func<string, Stream, Task> _answer;
    readonly X509Certificate2? _certificate;
    readonly CancellationTokenSource _stop = new();
    readonly Task _accepting;

    LocalServer(Func<string, Stream, Task> answer, bool tls, X509Certificate2? certificate = null)
    {
        _answer = answer;
        _certificate = certificate ?? (tls ? SelfSigned() : null);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = Task.Run(Accept);
    }

    public int Port { get; }

    /// <summary>Everything that was sent before an empty line, by connection.</summary>
    public ConcurrentQueue<string> Heads { get; } = new();

    /// <summary>The names that TLS clients asked for.</summary>
    public ConcurrentQueue<string> Names { get; } = new();

    public int Connections { get; private set; }

    /// <summary>Answers each path with content, or 404 where it gives null.</summary>
    public static LocalServer Http(
        Func<string, byte[]?> content, bool tls = false, X509Certificate2? certificate = null) => new(
        async (head, stream) =>
        {
            var path = head.Split(' ') is [_, var target, ..] ? target : "";
            await Drain(head, stream);
            var body = content(path);
            var text = string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"HTTP/1.1 {(body is null ? "404 Not Found" : "200 OK")}\r\nContent-Length: {body?.Length ?? 0}\r\n"
                + $"Connection: close\r\n\r\n");
            await stream.WriteAsync(Encoding.ASCII.GetBytes(text));
            await stream.WriteAsync(body ?? []);
        },
        tls, certificate);

    /// <summary>Answers each head with a whole answer.</summary>
    /// <param name="drains">It reads the content before it answers.</param>
    public static LocalServer Answering(
        Func<string, string> answer, X509Certificate2? certificate = null, bool drains = false) => new(
        async (head, stream) =>
        {
            if (drains)
                await Drain(head, stream);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer(head)));
        }, tls: false, certificate);

    /// <summary>Does with each connection as told, without waiting for a head.</summary>
    public static LocalServer Raw(Func<Stream, Task> talk) => new((_, stream) => talk(stream), tls: false)
    { ReadsHead = false };

    bool ReadsHead { get; init; } = true;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _certificate?.Dispose();
        _stop.Dispose();
    }

    async Task Accept()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Connections++;
                _ = Task.Run(() => Serve(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            return;
        }
    }

    async Task Serve(TcpClient client)
    {
        try
        {
            using (client)
            await using (var stream = await Open(client))
                await _answer(ReadsHead ? await ReadHead(stream) : "", stream);
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException
            or OperationCanceledException)
        {
            return;
        }
    }

    async Task<Stream> Open(TcpClient client)
    {
        if (_certificate is null)
            return client.GetStream();
        var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsServerAsync(
            (_, hello, _, _) =>
            {
                Names.Enqueue(hello.ServerName);
                return ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificate = _certificate });
            },
            null, _stop.Token);
        return tls;
    }

    async Task<string> ReadHead(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && head.Length < HeadMax)
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
                break;
            head.Append((char)one[0]);
        }
        Heads.Enqueue(head.ToString());
        return head.ToString();
    }

    // A server that answered before it had read what it was sent would end the exchange at any point of it.
    static async Task Drain(string head, Stream stream)
    {
        const string field = "\nContent-Length: ";
        if (head.Contains("\nTransfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase))
        {
            await DrainChunks(stream);
            return;
        }
        var at = head.IndexOf(field, StringComparison.OrdinalIgnoreCase);
        if (at < 0)
            return;
        var length = int.Parse(
            head[(at + field.Length)..].Split('\r')[0], System.Globalization.CultureInfo.InvariantCulture);
        await stream.ReadExactlyAsync(new byte[length]);
    }

    // As they come from a way out that writes them anew: the last one is empty, and nothing comes behind it.
    static async Task DrainChunks(Stream stream)
    {
        var (content, piece) = (new StringBuilder(), new byte[1]);
        do
        {
            await stream.ReadExactlyAsync(piece);
            content.Append((char)piece[0]);
        }
        while (!$"\r\n{content}".EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal));
    }

    static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(
            "CN=tls.test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
