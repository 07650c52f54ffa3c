using System.Diagnostics;
using Writ.Runs;
using Writ.Server.Holding;
using Writ.Server.Mediation;
using Writ.Server.Tests.Mediation;
using Writ.Server.Tests.Running;
using Writ.Testing;

namespace Writ.Server.Tests.Holding;

/// <summary>The file of a program that waits for people is rewritten meanwhile; no time of it tells.</summary>
public sealed class HeldFileTests(RunningFixture given) : IClassFixture<RunningFixture>
{
    // The page is written to before the program is asked for, so a later write is no fault and changes no time. Nobody
    // has the file open or mapped any more when it starts, else it would not start at all (ETXTBSY).
    const string Rewriting = """
        #include <fcntl.h>
        #include <pthread.h>
        #include <stdio.h>
        #include <sys/mman.h>
        #include <unistd.h>
        /* Padding in what an ELF file says of itself: nothing reads it, and the program runs all the same. */
        enum { PLACE = 15 };
        static volatile char *page;
        static void *rewrite(void *unused) {
            while (access("go", F_OK) != 0) usleep(10000);
            if (REWRITES) page[PLACE] ^= 1;
            munmap((void *)page, 4096);
            fclose(fopen("gone", "w"));
            for (;;) pause();
        }
        int main(void) {
            pthread_t thread;
            int file = open("tool", O_RDWR);
            page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            page[PLACE] ^= 1, page[PLACE] ^= 1;
            close(file);
            pthread_create(&thread, 0, rewrite, 0);
            char *argv[] = { "tool", 0 }, *none[] = { 0 };
            execve("./tool", argv, none);
            perror("execve");
            return 3;
        }
        """;

    [Theory]
    [InlineData(false, "exec.approved", ExecutionEnd.Started)]
    [InlineData(true, "exec.mismatch", ExecutionEnd.Killed)]
    public async Task What_was_rewritten_while_it_waited_does_not_run(bool rewrites, string code, ExecutionEnd end)
    {
        if (!File.Exists("/usr/bin/cc"))
            SharedData.Unavailable("no C compiler");
        var tree = given.NewTree();
        var (source, program) = (Path.Combine(tree, "rewrite.c"), Path.Combine(tree, "rewrite"));
        File.Copy("/usr/bin/true", Path.Combine(tree, "tool"));
        await File.WriteAllTextAsync(source, Rewriting);
        using (var cc = Process.Start("/usr/bin/cc",
            ["-O1", "-w", $"-DREWRITES={(rewrites ? 1 : 0)}", "-o", program, source, "-lpthread"]))
            await cc.WaitForExitAsync();
        var desk = new RuleDesk(q => q.Program.Name.EndsWith("/tool", StringComparison.Ordinal) ? "ask" : null)
        {
            Holds = async (held, _, gone) =>
            {
                Assert.Equal(
                    ActionDigests.Executable(await File.ReadAllBytesAsync(Path.Combine(tree, "tool"), gone)),
                    held.FileDigest(gone));
                await File.WriteAllTextAsync(Path.Combine(tree, "go"), "", gone);
                while (!File.Exists(Path.Combine(tree, "gone")))
                    await Task.Delay(10, gone);
                return new HoldAnswer.Approved(new RequestId("asked"));
            },
        };
        await given.Run(given.Shell(tree, "./rewrite") with { Desk = desk });
        var tool = desk.Records.Single(r => r.Program.Name.EndsWith("/tool", StringComparison.Ordinal));
        Assert.Equal((code, end), (tool.Code, tool.End));
    }
}
