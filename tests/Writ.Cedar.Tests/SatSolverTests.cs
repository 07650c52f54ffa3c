using Writ.Testing;

namespace Writ.Cedar.Tests;

public sealed class SatSolverTests
{
    const int Formulas = 3_000;
    const int VariablesMax = 10;
    const int ConflictsMax = 100_000;
    const long StepsMax = 100_000_000;

    [Fact, Slow]
    public void A_search_finds_an_assignment_exactly_when_there_is_one()
    {
        var (possible, impossible) = (0, 0);
        for (var seed = 0; seed < Formulas; seed++)
        {
            var random = new RandomWorld(seed);
            var variables = 3 + random.Roll(VariablesMax - 2);
            var clauses = Enumerable.Range(0, variables * 2 + random.Roll(variables * 3))
                .Select(_ => Enumerable.Range(0, 2 + random.Roll(2))
                    .Select(_ => SatSolver.Literal(random.Roll(variables), random.Roll(2) == 0)).ToArray()).ToList();
            var assignments = Enumerable.Range(0, 1 << variables);
            var expected = assignments.Count(bits => clauses.All(clause => Holds(clause, bits)));
            var solver = new SatSolver();
            for (var i = 0; i < variables; i++)
                solver.NewVariable();
            foreach (var clause in clauses)
                solver.AddClause(clause);
            // Every assignment is found once, each excluding itself, as the analysis does it.
            for (var found = 0; found < expected; found++)
            {
                Assert.True(solver.Search(ConflictsMax, StepsMax), $"seed {seed}");
                var assignment = Enumerable.Range(0, variables)
                    .Select(v => SatSolver.Literal(v, solver.IsTrue(SatSolver.Literal(v, value: true)))).ToArray();
                Assert.All(clauses, clause => Assert.Contains(clause, literal => assignment.Contains(literal)));
                solver.AddClause([.. assignment.Select(SatSolver.Not)]);
            }
            Assert.False(solver.Search(ConflictsMax, StepsMax), $"seed {seed}");
            _ = expected > 0 ? possible++ : impossible++;
        }
        Assert.True(possible > Formulas / 10 && impossible > Formulas / 10, $"{possible} and {impossible}");
    }

    [Fact]
    public void A_search_that_meets_too_many_contradictions_does_not_answer()
    {
        // Seven things in six places: true of none, and long to find out.
        const int places = 6;
        var solver = new SatSolver();
        for (var i = 0; i < (places + 1) * places; i++)
            solver.NewVariable();
        int In(int thing, int place) => SatSolver.Literal(thing * places + place, value: true);
        for (var thing = 0; thing <= places; thing++)
            solver.AddClause([.. Enumerable.Range(0, places).Select(place => In(thing, place))]);
        for (var place = 0; place < places; place++)
            for (var one = 0; one <= places; one++)
                for (var other = 0; other < one; other++)
                    solver.AddClause(SatSolver.Not(In(one, place)), SatSolver.Not(In(other, place)));
        Assert.Null(solver.Search(conflictsMax: 10, StepsMax));
        Assert.Null(solver.Search(ConflictsMax, stepsMax: 100));
        Assert.False(solver.Search(ConflictsMax, StepsMax));
    }

    static bool Holds(int[] clause, int bits) =>
        clause.Any(literal => (bits >> (literal / 2) & 1) != 0 == (literal % 2 == 0));
}
