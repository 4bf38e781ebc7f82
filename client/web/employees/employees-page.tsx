import { Route, Switch } from 'wouter';
import { usePermission } from '../app/console-context.js';
import { AddPage } from './form/add-page.js';
import { ExportPage } from './export/export-page.js';
import { ImportPage } from './import/import-page.js';
import { ListPage } from './list/list-page.js';
import { RecordPage } from './record/record-page.js';

/** Employee records: all of them, one, somebody new, many at once. What somebody may not do is not there. */
export function EmployeesPage() {
  const mayGet = usePermission('employees:get');
  const mayAdd = usePermission('employees:add');
  return (
    <Switch>
      {mayAdd ? <Route path="/add" component={AddPage} /> : null}
      {mayAdd ? <Route path="/import" component={ImportPage} /> : null}
      {mayGet ? <Route path="/export" component={ExportPage} /> : null}
      {mayGet ? (
        <Route path="/:id/:mode?">
          {({ id, mode }) => <RecordPage key={id} idText={id} isEdited={mode === 'edit'} />}
        </Route>
      ) : null}
      <Route component={ListPage} />
    </Switch>
  );
}
