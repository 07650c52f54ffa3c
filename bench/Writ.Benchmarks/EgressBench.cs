using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Writ.Egress;
using Writ.Server.Egress;
using Writ.Workflows;

namespace Writ.Benchmarks;

/// <summary>
/// What it costs that all traffic of a run goes through its own proxy, and that its proxy looks into it: curl downloads
/// the same from a server of this machine, directly and as a run, plainly and in TLS. They take turns. The time of a
/// run contains all of it, its start included.
/// </summary>
static class EgressBench
{
    const int LargeMiB = 256;
    const int ChunkBytes = 1 << 20;

    public static async Task Run(string[] arguments)
    {
        var rounds = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 9;
        using var certificate = Certificate();
        var roots = Path.GetTempFileName();
        await File.WriteAllTextAsync(roots, certificate.ExportCertificatePem());
        using var plain = new TcpListener(IPAddress.Loopback, 0);
        using var tunnelled = new TcpListener(IPAddress.Loopback, 0);
        using var seen = new TcpListener(IPAddress.Loopback, 0);
        int[] ports = [Begin(plain, null), Begin(tunnelled, certificate), Begin(seen, certificate)];
        await using var daemon = await BenchDaemon.Start(d => d with
        {
            Workflows =
            [
                d.Workflows[0] with
                {
                    TierMin = Tier.T2,
                    Egress =
                    [
                        new EgressGrant("127.0.0.1", ports[0], Private: true),
                        new EgressGrant("127.0.0.1", ports[1], Private: true),
                        new EgressGrant("127.0.0.1", ports[2], Private: true, Intercept: Interception.Always),
                    ],
                },
            ],
        }, services: s => s.AddSingleton(new EgressLimits { Roots = roots }));
        Measure(daemon, rounds, ports, LargeMiB);
        Measure(daemon, rounds * 5, ports, 0);
        File.Delete(roots);
    }

    static void Measure(BenchDaemon daemon, int rounds, int[] ports, int size)
    {
        string[] Fetch(string scheme, int port) =>
        [
            "-sS", "-k", "-o", "/dev/null", "--noproxy", "",
            string.Create(CultureInfo.InvariantCulture, $"{scheme}://127.0.0.1:{port}/{size}"),
        ];
        var writ = BenchDaemon.Binary("writ");
        List<(string How, string Program, string[] Arguments, List<double> Took)> rows =
        [
            ("direct", "/usr/bin/curl", Fetch("http", ports[0]), []),
            ("direct, TLS", "/usr/bin/curl", Fetch("https", ports[1]), []),
            ("through the proxy of a run, T2", writ, ["run", "--", "curl", .. Fetch("http", ports[0])], []),
            ("the same, a tunnel with TLS", writ, ["run", "--", "curl", .. Fetch("https", ports[1])], []),
            ("the same, TLS opened on the way", writ, ["run", "--", "curl", .. Fetch("https", ports[2])], []),
        ];
        for (var i = -2; i < rounds; i++)
            foreach (var row in rows)
            {
                var took = daemon.Time(row.Program, row.Arguments, []);
                if (i >= 0)
                    row.Took.Add(took);
            }
        var name = size == 0 ? "one empty answer" : $"download of {size} MiB";
        Console.WriteLine($"| {name} | n | p50 ms | p99 ms | MiB/s | times direct |");
        Console.WriteLine("| :--- | ---: | ---: | ---: | ---: | ---: |");
        var direct = BenchDaemon.Percentile(rows[0].Took, 0.5);
        foreach (var row in rows)
        {
            var p50 = BenchDaemon.Percentile(row.Took, 0.5);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {row.How} | {row.Took.Count} | {p50:N1} | {BenchDaemon.Percentile(row.Took, 0.99):N1} "
                    + $"| {size * 1000 / p50:N0} | {p50 / direct:N2} |"));
        }
        Console.WriteLine();
    }

    static int Begin(TcpListener listener, X509Certificate2? certificate)
    {
        listener.Start();
        _ = Task.Run(() => Serve(listener, certificate));
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=bench", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    static async Task Serve(TcpListener listener, X509Certificate2? certificate)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync();
                _ = Task.Run(() => Answer(client, certificate));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    // The path is the size in MiB.
    static async Task Answer(TcpClient client, X509Certificate2? certificate)
    {
        using (client)
        {
            Stream stream = client.GetStream();
            if (certificate is not null)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(certificate);
                stream = tls;
            }
            var head = new byte[4096];
            var count = await stream.ReadAsync(head);
            var path = Encoding.ASCII.GetString(head, 0, count).Split(' ')[1];
            var size = int.Parse(path.AsSpan(1), CultureInfo.InvariantCulture);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"HTTP/1.1 200 OK\r\nContent-Length: {(long)size * ChunkBytes}\r\nConnection: close\r\n\r\n")));
            var chunk = new byte[ChunkBytes];
            for (var i = 0; i < size; i++)
                await stream.WriteAsync(chunk);
            await stream.DisposeAsync();
        }
    }
}
