using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Writ.Egress;
using Writ.Workflows;

namespace Writ.Benchmarks;

/// <summary>
/// What it costs that all traffic of a run goes through its own proxy: curl downloads the same from a server of this
/// machine, directly and as a run. The two take turns. The time of a run contains all of it, its start included.
/// </summary>
static class EgressBench
{
    const int LargeMiB = 256;
    const int ChunkBytes = 1 << 20;

    public static async Task Run(string[] arguments)
    {
        var rounds = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 9;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = Task.Run(() => Serve(listener));
        await using var daemon = await BenchDaemon.Start(d => d with
        {
            Workflows =
            [
                d.Workflows[0] with
                {
                    TierMin = Tier.T2,
                    Egress = [new EgressGrant("127.0.0.1", port, Private: true)],
                },
            ],
        });
        Measure(daemon, rounds, port, LargeMiB);
        Measure(daemon, rounds * 5, port, 0);
        listener.Stop();
    }

    static void Measure(BenchDaemon daemon, int rounds, int port, int size)
    {
        string[] fetch =
        [
            "-sS", "-o", "/dev/null", "--noproxy", "",
            string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/{size}"),
        ];
        List<(string How, string Program, string[] Arguments, List<double> Took)> rows =
        [
            ("direct", "/usr/bin/curl", fetch, []),
            ("through the proxy of a run, T2", BenchDaemon.Binary("writ"), ["run", "--", "curl", .. fetch], []),
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

    static async Task Serve(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync();
                _ = Task.Run(() => Answer(client));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    // The path is the size in MiB.
    static async Task Answer(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
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
        }
    }
}
